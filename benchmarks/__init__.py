"""What cuoshi costs beside other ways to tag, measured in one run: `python -m benchmarks DATA`."""
