#!/bin/bash
# Copies what //tools/dist laid out. The copy works wherever it is, and from wherever it is moved.
# usage: install.sh TREE PREFIX       (TREE.list names the tree's files)
set -euo pipefail
tree=$1 prefix=$2
mapfile -t files <"$tree.list"
for file in "${files[@]}"; do
  [ -r "$tree/$file" ] || { echo "install: $tree/$file is missing: build //tools/dist first" >&2; exit 1; }
done
# What an earlier installation left; nothing else lies in these folders.
rm -rf "$prefix/lib/fedc" "$prefix/include/fedc" "$prefix/share/fedc"
for file in "${files[@]}"; do
  case "$file" in
    bin/* | *.sh) mode=755 ;;
    *) mode=644 ;;
  esac
  install -D -m "$mode" "$tree/$file" "$prefix/$file"
done
