#!/usr/bin/env bash
# outside.sh CHECKOUT: boot a real systemd with shelfd installed in a throw-away copy of this machine, and run there
# what comes on standard input (see inside.sh). Writes nothing outside but one control group, which it removes again.
#
# The control group namespace is not optional: a systemd manager in the machine's own would move every process of the
# machine, its first one included, into a scope of its own.
set -euo pipefail

here=$(dirname "$(realpath "$0")")
hierarchy=/sys/fs/cgroup/unified # where version 1 and 2 are mounted side by side
[[ -d $hierarchy ]] || hierarchy=/sys/fs/cgroup
group=$hierarchy/shelfd-box.$$

mkdir "$group"
remove() {
  for _ in $(seq 50); do
    find "$group" -depth -type d -exec rmdir {} + 2>/dev/null && return
    sleep 0.1
  done
}
trap remove EXIT

(
  echo "$BASHPID" >"$group/cgroup.procs"
  exec unshare --mount --cgroup --pid --fork --kill-child --mount-proc --propagation private \
    bash "$here/inside.sh" "$(realpath "$1")"
)
