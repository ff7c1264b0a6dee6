# In the guest: runs a command as an ordinary user with a delegated cgroup. usage: as-user.sh USER FOLDER COMMAND...
# The folder is of the project; it is reached by a path that the user may walk, and the user may write its results.
set -e
user=$1 folder=$2
shift 2
uid=$(id -u "$user")
mkdir -p /run/project "/run/user/$uid"
mount --bind "$PROJECT" /run/project
chown "$user:" "/run/user/$uid"
for written in .test-results helper/build; do
  mkdir -p "/run/project/$folder/$written"
  mount -t tmpfs -o "uid=$uid,mode=755" results "/run/project/$folder/$written"
done
group=/sys/fs/cgroup/session.slice/user.scope
mkdir "$group" "$group/own"
for controller in $(cat "$group/cgroup.controllers"); do echo "+$controller" >"$group/cgroup.subtree_control"; done
for file in "" /cgroup.procs /cgroup.subtree_control /cgroup.threads /own /own/cgroup.procs /own/cgroup.subtree_control; do
  chown "$user:" "$group$file"
done
echo $$ >"$group/own/cgroup.procs"
cd "/run/project/$folder"
export XDG_RUNTIME_DIR="/run/user/$uid" HOME="/home/$user" USER="$user" LOGNAME="$user"
exec setpriv --reuid="$user" --regid="$user" --init-groups "$@"
