#!/bin/sh
# Print the first Python that is 3.11 or newer; say in one sentence what to do when there is none.
for candidate in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11 /usr/bin/python3; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
        command -v "$candidate"
        exit 0
    fi
done
echo "iHUB needs Python 3.11 or newer, and none was found. On Debian 12 or newer: apt-get install python3 python3-venv." >&2
exit 2
