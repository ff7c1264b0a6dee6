# Process 1 of the guest in its full root: runs the command, tells its exit status, switches off.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 USER=root LOGNAME=root TMPDIR=/tmp
b=/run/busybox
. /run/settings
exec </dev/null
$b mount --make-rshared /
ulimit -Hn 524288
ulimit -Sn 1024
for port in /sys/class/virtio-ports/*; do
  read -r name <"$port/name"
  eval "port_$name=/dev/${port##*/}"
done
$b mkfifo /run/out /run/err
$b cat /run/out >"$port_out" & out=$!
$b cat /run/err >"$port_err" & err=$!
cd "$project" || cd /
(
  exec $b setsid $b sh -c 'echo 0 >/sys/fs/cgroup/session.slice/session.scope/cgroup.procs; exec /bin/sh /run/command'
) >/run/out 2>/run/err &
wait $!
status=$?
# what the command left running may hold the output open: not for ever
turns=0
while { kill -0 $out || kill -0 $err; } 2>/dev/null && [ $turns -lt 20 ]; do
  turns=$((turns + 1))
  $b sleep 0.1
done
cd /
$b sync
$b umount "$project" 2>/dev/null || { $b mount -o remount,ro "$project" 2>/dev/null; $b sync; }
echo $status >"$port_status"
echo o >/proc/sysrq-trigger
$b sleep 60
