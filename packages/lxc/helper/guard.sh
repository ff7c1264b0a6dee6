#!/bin/sh
# Ends and removes all containers of one owner when the owner is gone: its stdin, which the owner holds, then ends.
# guard.sh STATE LXC_STOP PARENT [MOUNT ...]: the owner's state folder, the path of lxc-stop, the parent cgroup, the cgroup mounts with the
# base LXC uses.
. "${0%/*}/groups.sh"
state=$1
stop=$2
parent=$3
shift 3
trap '' HUP INT TERM

while read -r _; do :; done

# Monitors are known by the state folder in their arguments; a stopped one could not end its container. What keeps their end is not needed any more.
signal_monitors() {
  found=
  for entry in /proc/[0-9]*; do
    pid=${entry#/proc/}
    [ "$pid" = "$$" ] && continue
    arguments=
    { IFS= read -r arguments <"$entry/cmdline"; } 2>/dev/null
    case $arguments in
      *"guard.sh"*) ;;
      *keep.sh*"$state"* | dd*of="$state"*) kill -KILL "$pid" 2>/dev/null ;;
      *lxc-*"$state"*) kill "-$1" "$pid" 2>/dev/null && found=1 ;;
    esac
  done
}

signal_monitors CONT
# Execs in detached containers, which go on themselves; their lxc-attach ends with them.
for folder in "$state"/*/; do
  [ -f "$folder/groups" ] || continue
  while read -r group; do
    tries=0
    while [ -d "$group" ] && [ "$tries" -lt 40 ]; do
      kill_group "$group"
      find "$group" -depth -type d -exec rmdir {} + 2>/dev/null
      [ -d "$group" ] || break
      sleep 0.05
      tries=$((tries + 1))
    done
  done <"$folder/groups"
done
for folder in "$state"/*/; do
  [ -f "$folder/cgroups" ] || continue
  id=${folder%/}
  "$stop" -k -P "$state" -n "${id##*/}" >/dev/null 2>&1 &
done
tries=0
signal_monitors 0
while [ -n "$found" ] && [ "$tries" -lt 20 ]; do
  sleep 0.05
  tries=$((tries + 1))
  signal_monitors 0
done
[ -n "$found" ] && signal_monitors KILL

# What a monitor could not remove: processes first, then the groups from below.
for folder in "$state"/*/; do
  [ -f "$folder/cgroups" ] || continue
  while read -r group; do
    for mount; do
      tries=0
      while [ -d "$mount/$group" ] && [ "$tries" -lt 40 ]; do
        find "$mount/$group" -depth -type d -exec rmdir {} + 2>/dev/null
        [ -d "$mount/$group" ] || break
        kill_group "$mount/$group"
        sleep 0.05
        tries=$((tries + 1))
      done
    done
  done <"$folder/cgroups"
done
for mount; do
  rmdir "$mount/$parent/.monitor" "$mount/$parent/.pivot/lxc.pivot" "$mount/$parent/.pivot" "$mount/$parent" 2>/dev/null
done
cd "${XDG_RUNTIME_DIR:-/run}" || exit 1
rm -rf "$state" "lxc$state" "lxc/lock$state"
rmdir "${state%/*}" 2>/dev/null
rmdir -p "lxc${state%/*}" 2>/dev/null
rmdir -p "lxc/lock${state%/*}" 2>/dev/null
exit 0
