# Runs the monitor of a detached container, and keeps how it ended, whoever has started it lives or not.
# keep.sh HOME PIPE GROUP PATH PROGRAM ARGUMENT ...: the container's home, the pipe that LXC's monitors report to, a cgroup that all of its processes are in,
# the program's PATH.
# Descriptor 3 is the read end of a pipe of output that nobody wants.
. "${0%/*}/groups.sh"
home=$1
pipe=$2
group=$3
toolpath=$4
shift 4
# not ignored, as the command would inherit that
trap : HUP INT TERM QUIT
exec 4<>"$pipe" 5<>"$home/alive"
cat <&3 >/dev/null 2>&1 4>&- 5>&- &
exec 3<&-

# One message at a time (struct lxc_msg of monitor.h: type, name, value); the one of type 77 is the last.
listen() {
  while dd bs=264 count=1 of="$home/.message" <&4 >/dev/null 2>&1; do
    read -r type <<WORD
$(od -An -v -tu4 -N4 "$home/.message")
WORD
    case $type in
      2) od -An -v -tu4 -j260 -N4 "$home/.message" >"$home/.status" ;;
      77) return ;;
    esac
  done
}

{
  exec 5>&-
  listen
} &
listener=$!
PATH=$toolpath "$@" 4>&- 5>&-
code=$?
cat "$home/.last" >&4
wait "$listener"
tries=0
while [ -d "$group" ] && [ "$tries" -lt 100 ] && [ -n "$(find "$group" -name cgroup.procs -exec cat {} + 2>/dev/null)" ]; do
  kill_group "$group"
  sleep 0.02
  tries=$((tries + 1))
done
status=
[ ! -s "$home/.status" ] || read -r status <"$home/.status"
echo "$code $status" >"$home/.exit" && mv "$home/.exit" "$home/exit"
