"""The comparison of pipelines."""
