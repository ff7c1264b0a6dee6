# Runs on the slave of a pseudo-terminal that script(1) made. Tells its path by descriptor 3, and does to the terminal what is asked for there until that
# ends. terminal.sh ROWS COLUMNS [FILE]: a file that sets the positional parameters to a program, which is run on the terminal; its process id and end are told.
stty raw -echo rows "$1" cols "$2" || exit 1
echo "tty $(tty)" >&3
exec 4<&0

serve() {
  while read -r word first second <&3; do
    case $word in
      size) stty rows "$first" cols "$second" <&4 && echo "done" >&3 ;;
      mark) printf '%s' "$first" ;;
    esac
  done
}

if [ $# -lt 3 ]; then
  serve
else
  serve &
  . "$3"
  # in the foreground: what runs in the background ignores SIGINT
  sh -c 'echo "pid $$" >&3; exec "$@" 3>&- 4<&-' sh "$@"
  echo "ended $?" >&3
  wait
fi
