#!/bin/bash
# The same programs every time; one of six files runs as aarch64, too.
exec tests/generator/fuzz --programs=200 --seed=1 --calls=3 --aarch64-every=6 --shrink=30
