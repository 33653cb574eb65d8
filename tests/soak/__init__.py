"""Hours of use in minutes: does memory stay flat? Run it with `make soak`."""
