#!/bin/bash
# The same programs every time; every tenth file runs as aarch64, too.
exec tests/generator/fuzz --programs=200 --seed=1 --calls=3 --aarch64-every=10 --shrink=30
