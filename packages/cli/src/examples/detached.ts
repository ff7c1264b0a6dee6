import type { Example } from '../table/types.js'

const START = "execd run -d --name web -- sh -c 'while :; do echo tick; sleep 0.1; done'"
const END = 'execd rm --force web'

export const PS: readonly Example[] = [
  {
    text: 'Start a container that goes on, list it, and remove it:',
    shell: `${START}\nexecd ps\n${END}`,
    output:
      "web\nCONTAINER  DRIVER  STARTED...STATUS...OWNER  COMMAND\nweb...running...sh -c 'while :;...\nweb\n",
  },
  {
    text: 'Those that ended stay, with their end, until they are removed:',
    shell: `execd run -d --name brief -- sh -c 'exit 3'
execd wait brief
execd ps --all
execd rm brief`,
    output: "brief\n3\nCONTAINER...\nbrief...exited (3)...sh -c 'exit 3'\nbrief\n",
  },
]

export const LOGS: readonly Example[] = [
  {
    text: 'Read what a container wrote, also after its end:',
    shell: `execd run -d --name talk -- sh -c 'echo one; echo two; echo three'
execd wait talk
execd logs --tail 2 talk
execd rm talk`,
    output: 'talk\n0\ntwo\nthree\ntalk\n',
  },
  {
    text: 'Follow it until it ends:',
    shell: `execd run -d --name count -- sh -c 'for i in 1 2 3; do echo $i; sleep 0.1; done'
execd logs --follow count
execd rm count`,
    output: 'count\n1\n2\n3\ncount\n',
  },
]

export const WAIT: readonly Example[] = [
  {
    text: 'Wait for several, and print their exit statuses:',
    shell: `execd run -d --name one -- sh -c 'sleep 0.2; exit 1'
execd run -d --name two -- true
execd wait one two
execd rm one two`,
    output: 'one\ntwo\n1\n0\none\ntwo\n',
  },
]

export const EXEC: readonly Example[] = [
  {
    text: 'Run a program beside the first one; its exit status is given:',
    shell: `${START}\nexecd exec web -- sh -c 'echo in process $$ of web; exit 4' || echo status $?\n${END}`,
    output: 'web\nin process ... of web\nstatus 4\nweb\n',
  },
]

export const STOP: readonly Example[] = [
  {
    text: 'Ask it to end, and kill it after a second:',
    shell: `execd run -d --rm --name polite -- sh -c 'trap "exit 0" TERM; while :; do sleep 0.1; done'
execd stop --time 5 polite`,
    output: 'polite\npolite\n',
  },
]

export const KILL: readonly Example[] = [
  {
    text: 'Send a signal that it handles:',
    shell: `execd run -d --name reload -- sh -c 'trap "echo reloaded; exit 0" HUP; echo up; while :; do sleep 0.1; done'
until execd logs reload | grep -q up; do :; done
execd kill --signal HUP reload
execd wait reload
execd logs reload
execd rm reload`,
    output: 'reload\nreload\n0\nup\nreloaded\nreload\n',
  },
]

export const PAUSE: readonly Example[] = [
  {
    text: 'Freeze a container and let it go on:',
    shell: `${START}\nexecd pause web\nexecd ps\nexecd unpause web\n${END}`,
    output: 'web\nweb\nCONTAINER...\nweb...paused...\nweb\nweb\n',
    needs: 'cgroups',
  },
]

export const UPDATE: readonly Example[] = [
  {
    text: 'Give it less:',
    shell: `execd run -d --name web --memory 64m -- sleep 60\nexecd update --memory 32m web\n${END}`,
    output: 'web\nweb\nweb\n',
    needs: 'cgroups',
  },
]

export const STATS: readonly Example[] = [
  {
    text: 'One look at what containers use:',
    shell: `${START}\nexecd stats --no-stream\n${END}`,
    output: 'web\nCONTAINER  CPU...MEMORY...PIDS...NET IN/OUT...DISK R/W\nweb...%...iB / ...\nweb\n',
    needs: 'cgroups',
  },
]

export const TOP: readonly Example[] = [
  {
    text: 'The processes in a container:',
    shell: `${START}\nexecd top --interval 200ms web\n${END}`,
    output: 'web\nPID...INSIDE  STATE  CPU...MEMORY...COMMAND\n...\nweb\n',
  },
]

export const INSPECT: readonly Example[] = [
  {
    text: 'All that is known of a container:',
    shell: `${START}\nexecd inspect web\n${END}`,
    output:
      'web\n[\n  {\n    "id": "web",\n    "driver": "native",\n...\n    "status": "running",\n...\n]\nweb\n',
  },
]

export const RM: readonly Example[] = [
  {
    text: 'What runs is removed only when that is asked for:',
    shell: `${START}\nexecd rm web || echo status $?\n${END}`,
    output:
      'web\nexecd rm: container web is running\nhint: execd stop web, or execd rm --force web\nstatus 1\nweb\n',
  },
]
