/**
 * A script of sh that tells what the process inside a container sees of itself, as lines of "name<TAB>value". It uses builtins and applets of busybox only, and
 * leaves out what there is no /proc for.
 */
export const FACTS_SCRIPT = `
say() { printf '%s\\t%s\\n' "$1" "$2"; }
say pid "$$"
say uid "$(id -u)"
say gid "$(id -g)"
say groups "$(id -G)"
say cwd "$(pwd)"
say umask "$(umask)"
say hostname "$(hostname)"
say nofile "$(ulimit -n)"
open=''
for fd in 3 4 5 6 7 8 9; do if (: <&$fd) 2>/dev/null || (: >&$fd) 2>/dev/null; then open="$open $fd"; fi; done
say probed "$open"
if [ -r /proc/self/status ]; then
  while IFS=':' read -r name value; do
    case $name in CapInh|CapPrm|CapEff|CapBnd|CapAmb|NoNewPrivs|Seccomp|Cpus_allowed_list) say "$name" "$(echo $value)";; esac
  done < /proc/$$/status
  say oomScoreAdj "$(cat /proc/$$/oom_score_adj)"
  all=''
  for process in /proc/[0-9]*; do [ -d "$process" ] && all="$all \${process#/proc/}"; done
  say processes "$all"
  # Nothing may be redirected here: the shell itself would hold a descriptor.
  printf 'links\\t'
  ls -x /proc/$$/fd
  for space in mnt pid net ipc uts cgroup user; do say "ns.$space" "$(readlink /proc/$$/ns/$space)"; done
fi
if [ -r /proc/net/dev ]; then
  names=''
  while read -r name rest; do case $name in *:*) names="$names \${name%%:*}";; esac; done < /proc/net/dev
  say interfaces "$names"
fi
`
