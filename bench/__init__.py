"""One command for each number that we publish: `./dev bench NAME`, or `.venv/bin/python -m bench.NAME`.

Every bench has a small size without options, prints a table that a person reads, and as its last line one JSON object.
"""
