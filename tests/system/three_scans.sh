#!/bin/sh
# Ask for three scans within a second, as a script of a user would, and prove from the event stream that each has an
# id of its own, that they run in the order in which they were asked for, each from queued over running to completed,
# and that what they tell of their progress only grows and ends with all of it.
#
# usage: three_scans.sh SOCKET DIRECTORY DIRECTORY DIRECTORY
# Each directory lies in the next one, so that the scans cannot run side by side, nor one do the work of another.
set -eu

socket=$1
shift
within=120 # seconds for all of it
here=$(mktemp -d)
trap 'kill "$follower" 2>/dev/null || true; rm -rf "$here"' EXIT
follower=
: >"$here/events"

no() {
    echo "three_scans: $*" >&2
    sed 's/^/  heard: /' "$here/events" >&2
    exit 1
}

ask() {
    curl --silent --show-error --fail-with-body --max-time 20 --unix-socket "$socket" "$@"
}

# what happens from the head of this answer on is in it
: >"$here/head"
curl --silent --no-buffer --max-time "$within" --unix-socket "$socket" --dump-header "$here/head" \
    http://shelfd/v1/events >"$here/stream" &
follower=$!
until [ -s "$here/head" ]; do
    kill -0 "$follower" || exit 1
    sleep 0.1
done

# one line for each event: its name, and its data
heard() {
    sed -n -e '/^event: /h' -e '/^data: /{H;x;s/\n/ /;p;}' "$here/stream" >"$here/events"
    # id and state
    sed -n 's/^event: operation data: {[^{]*"id":\([0-9]*\),[^{]*"state":"\([a-z]*\)".*/\1 \2/p' \
        "$here/events" >"$here/states"
    # id, phase, done, total
    sed -n 's/^event: progress data: {"at":"[^"]*","id":\([0-9]*\),"phase":"\([a-z ]*\)","done":\([0-9]*\),"total":\([0-9]*\),.*/\1 \2:\3:\4/p' \
        "$here/events" >"$here/progress"
}

began=$(date +%s)
ids=
for directory in "$@"; do
    answer=$(ask --header 'Content-Type: application/json' http://shelfd/v1/operations \
        --data "{\"kind\":\"scan\",\"path\":\"$directory\",\"recursive\":true,\"full\":true}") ||
        no "the scan of $directory was refused: $answer"
    ids="$ids $(echo "$answer" | sed 's/^{"id":\([0-9]*\)}$/\1/')"
done
[ $(($(date +%s) - began)) -le 1 ] || no "it took longer than a second to ask"

set -- $ids
[ $# = 3 ] && [ "$1" -lt "$2" ] && [ "$2" -lt "$3" ] || no "these are not three ids that grow: $ids"

heard
until grep -q -E "^$3 (completed|failed|cancelled)$" "$here/states"; do
    [ $(($(date +%s) - began)) -lt "$within" ] || no "they did not end in time"
    sleep 0.2
    heard
done

for id in "$@"; do
    states=$(sed -n "s/^$id //p" "$here/states" | tr '\n' ' ')
    [ "$states" = "queued running completed " ] || no "operation $id was: $states"

    grep "^$id " "$here/progress" | cut -d ' ' -f 2- >"$here/own" || no "operation $id told nothing of its progress"
    phase= done= total=
    while IFS=: read -r new_phase new_done new_total; do
        if [ "$new_phase" = "$phase" ]; then
            [ "$new_done" -ge "$done" ] || no "operation $id went back from $done to $new_done"
            [ "$new_total" -ge "$total" ] || no "operation $id had $total to do, then $new_total"
        fi
        phase=$new_phase done=$new_done total=$new_total
        [ "$done" -gt 0 ] || no "operation $id had done nothing, and said so"
        [ "$done" -le "$total" ] || no "operation $id has done $done of $total"
    done <"$here/own"
    [ "$done" = "$total" ] || no "the last that operation $id told is $done of $total"
    echo "$id: $states with $(wc -l <"$here/own") reports, the last of them $done of $total"
done

wanted="$1 running,$1 completed,$2 running,$2 completed,$3 running,$3 completed,"
order=$(grep -E "^($1|$2|$3) (running|completed)$" "$here/states" | tr '\n' ',')
[ "$order" = "$wanted" ] || no "they ran in another order: $order"
