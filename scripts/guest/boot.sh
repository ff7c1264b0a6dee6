#!/bin/busybox sh
# Process 1 of the guest, in its initramfs: modules, file systems, cgroup v2. All of it with a static busybox: an emulated
# machine starts programs that come over 9p slowly.
/bin/busybox mkdir -p /usr/bin /usr/sbin /sbin
/bin/busybox --install -s
mount -t devtmpfs dev /dev
mount -t proc proc /proc
mount -t sysfs sys /sys
give_up() {
  echo "guest: $*"
  poweroff -f
}
for module in /modules/*; do insmod "$module" || echo "guest: cannot load $module"; done
. /settings

# the host's root, read-only, below a layer in memory
mount -t 9p -o ro,trans=virtio,version=9p2000.L,msize=500000,cache=loose host /lower || give_up "cannot mount the host's root"
mount -t tmpfs -o mode=755,size=75% layer /layer && mkdir /layer/upper /layer/work && rm -rf /modules
mount -t overlay -o lowerdir=/lower,upperdir=/layer/upper,workdir=/layer/work root /root || give_up "cannot mount the root"
mkdir -p "/root/lib/modules/$release"
mount --bind "/lower$modules" "/root/lib/modules/$release"
for name in proc sys dev; do mount --move /$name /root/$name; done
cd /root

mkdir dev/pts dev/shm dev/mqueue
mount -t devpts -o gid=5,mode=620,ptmxmode=666,nosuid,noexec devpts dev/pts
mount -t tmpfs -o mode=1777,nosuid,nodev shm dev/shm
mount -t mqueue -o nosuid,nodev,noexec mqueue dev/mqueue
ln -sfn /proc/self/fd dev/fd
ln -sf fd/0 dev/stdin
ln -sf fd/1 dev/stdout
ln -sf fd/2 dev/stderr
mount -t securityfs securityfs sys/kernel/security

# every controller down to the group of the session, as systemd would delegate it; process 1 is apart
groups=sys/fs/cgroup
mount -t cgroup2 -o nosuid,nodev,noexec,nsdelegate,memory_recursiveprot cgroup2 $groups || give_up "cannot mount cgroup2"
mkdir $groups/init.scope $groups/session.slice $groups/session.slice/session.scope
for controller in $(cat $groups/cgroup.controllers); do
  for group in . session.slice; do echo "+$controller" >$groups/$group/cgroup.subtree_control; done
done
echo 1 >$groups/init.scope/cgroup.procs

mount -t tmpfs -o mode=755,nosuid,nodev run run && mkdir run/lock
mount -t ext4 -o noinit_itable dev/vda tmp && mkdir tmp/.var && mount --bind tmp/.var var/tmp || give_up "cannot mount the disk"
chmod 1777 tmp var/tmp
mkdir -p "/root$project"
mount -t 9p -o rw,trans=virtio,version=9p2000.L,msize=500000,cache=loose,access=client project "/root$project" ||
  give_up "cannot mount $project"
hostname guest
ifconfig lo 127.0.0.1 up
cp /settings /session.sh /command /bin/busybox run/
exec switch_root /root /run/busybox sh /run/session.sh
