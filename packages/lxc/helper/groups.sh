# For guard.sh and keep.sh: kills what is in the cgroup $1 and below it, frozen or not.
kill_group() {
  find "$1" -name cgroup.procs -exec cat {} + 2>/dev/null | while read -r pid; do kill -KILL "$pid" 2>/dev/null; done
  find "$1" -name freezer.state -exec sh -c 'echo THAWED >"$0"' {} \; 2>/dev/null
}
