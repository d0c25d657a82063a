#!/bin/bash
# Fails if any file has a line in it: each is the answer to a query that must find nothing.
status=0
for file in "$@"; do
  if [ -s "$file" ]; then
    echo "$(basename "$file"): these must not be depended on:"
    sed 's/^/  /' "$file"
    status=1
  fi
done
exit $status
