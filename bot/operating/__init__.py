"""What the person who runs Musafir needs beside it: backup and restore, and a doctor for the installation."""
