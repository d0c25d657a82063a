#!/bin/bash
# An installation works from an empty folder, after it was moved, and when it is made again.
set -u
root=$PWD tree=$PWD/tools/dist/fedc install=$PWD/tools/dist/install.sh
tmp=${TEST_TMPDIR:-$(mktemp -d)}
export HOME=$tmp
failures=0
check() {
  local what=$1
  shift
  "$@" >"$tmp/said" 2>&1 || { echo "FAIL: $what"; cat "$tmp/said"; failures=$((failures + 1)); }
}
says() { # says TEXT COMMAND...: whether the command's output is TEXT
  local text=$1 said
  shift
  said=$("$@" 2>&1)
  [ "$said" = "$text" ] || { echo "it said: $said"; return 1; }
}

check "install" "$install" "$tree" "$tmp/first"
mv "$tmp/first" "$tmp/second"
mkdir "$tmp/empty" && cd "$tmp/empty" || exit 1
bin=$tmp/second/bin
cat >average.fed <<'END'
fn average(readings: {float32}@CLIENTS) -> float32@SERVER { federated_mean(readings) }
END
check "fed-run" says 2 "$bin/fed-run" average.fed --args='{"readings":[1,3]}'
check "fedc" "$bin/fedc" average.fed --emit=obj -o objects
check "objects" says "average.manifest
average_client.o
average_server.o" ls objects
check "fed-opt" "$bin/fed-opt" --help
check "fed-fmt" "$bin/fed-fmt" --help
check "the compiled-in prelude is the installed one" grep -q federated_mean "$tmp/second/share/fedc/stdlib/prelude.fed"

# Links in what is installed to read lead to what is installed.
cat >links.py <<'END'
import os, re, sys
dead = []
for folder, _, names in os.walk(sys.argv[1]):
    for name in names:
        if not name.endswith(".md"):
            continue
        with open(f"{folder}/{name}", encoding="utf-8") as f:
            for link in re.findall(r"\]\(([^)\s]+)\)", f.read()):
                path = link.split("#")[0]
                if path and "://" not in link and not os.path.exists(f"{folder}/{path}"):
                    dead.append(f"{folder}/{name}: {link}")
print("\n".join(dead))
sys.exit(bool(dead) or not os.path.exists(f"{sys.argv[1]}/docs/fedc.md"))
END
check "links" python3 links.py "$tmp/second/share/fedc"

# Nor is a source file named that is not there. (`runtime/abi/fed_abi.h` and `proto` are.)
cat >sources.py <<'END'
import os, re, sys
unknown = []
for name in sorted(os.listdir(f"{sys.argv[1]}/docs")):
    with open(f"{sys.argv[1]}/docs/{name}", encoding="utf-8") as f:
        for path in re.findall(r"`((?:compiler|dialects|proto|runtime|tests|tools)/[\w./-]+)", f.read()):
            if not os.path.exists(f"{sys.argv[1]}/{path}"):
                unknown.append(f"docs/{name}: {path}")
print("\n".join(unknown))
sys.exit(bool(unknown) or not os.path.exists(f"{sys.argv[1]}/docs/README.md"))
END
check "source files" python3 sources.py "$tmp/second/share/fedc"

# The headers find each other, in C99 and in C++.
printf '#include "fed_client.h"\nint main(void) { return fed_client_bytes(0) != 0; }\n' >host.c
check "headers in C" clang-22 -std=c99 -Wall -Wextra -Wpedantic -Werror -I"$tmp/second/include/fedc" -fsyntax-only host.c
check "headers in C++" clang-22 -x c++ -std=c++11 -Wall -Wextra -Wpedantic -Werror -I"$tmp/second/include/fedc" -fsyntax-only host.c

# Again, over what is there: what is stale goes, what is not ours stays.
mkdir -p "$tmp/second/lib/fedc" && touch "$tmp/second/lib/fedc/stale" "$bin/other"
check "again" "$install" "$tree" "$tmp/second"
check "stale files go" [ ! -e "$tmp/second/lib/fedc/stale" ]
check "other files stay" [ -e "$bin/other" ]
check "after that" says 2 "$bin/fed-run" average.fed --args='{"readings":[1,3]}'

# A tree that lacks something installs nothing.
mkdir "$tmp/part" && echo bin/nothing >"$tmp/part.list"
check "incomplete" says "install: $tmp/part/bin/nothing is missing: build //tools/dist first" "$install" "$tmp/part" "$tmp/third"
check "nothing was made" [ ! -e "$tmp/third" ]

"$root/dev" install >"$tmp/said" 2>&1
[ $? = 2 ] && grep -q '^  install PREFIX' "$tmp/said" || { echo "FAIL: usage"; cat "$tmp/said"; failures=$((failures + 1)); }

[ $failures = 0 ] && echo "all passed"
exit $((failures > 0))
