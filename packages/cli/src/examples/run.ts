import type { Example } from '../table/types.js'

export const RUN: readonly Example[] = [
  {
    text: 'Run a program with the files of the host; what it writes is thrown away:',
    shell:
      "execd run -- sh -c 'echo hello from process $$; echo written >/tmp/mark; cat /tmp/mark'; test -e /tmp/mark || echo gone",
    output: 'hello from process 1\nwritten\ngone\n',
  },
  {
    text: 'Pass stdin on, set a variable, and get the exit status:',
    shell: `echo 3 4 | execd run -i -e NAME=sum -- sh -c 'read a b; echo $NAME $((a + b)); exit 5'
echo status $?`,
    output: 'sum 7\nstatus 5\n',
  },
  {
    text: 'Show a folder to it, read-only, and give it one in memory to write to:',
    shell: `mkdir data; echo words >data/file
execd run -v ./data:/data:ro --tmpfs /scratch -- sh -c 'cp /data/file /scratch/copy; cat /scratch/copy; echo x 2>&1 >/data/file'`,
    output: 'words\n...ead-only file system\n',
  },
  {
    text: 'End what takes too long:',
    shell: 'execd run --timeout 300ms sleep 60\necho status $?',
    output: 'execd: ended: the time was over\nstatus 124\n',
  },
  {
    text: 'Limit it, and see which limit it met:',
    shell: `execd run -m 16m --pids-limit 8 -- sh -c 'x=a; while :; do x=$x$x; done'
echo status $?`,
    output: 'execd: killed: out of memory\nstatus 137\n',
    needs: 'cgroups',
  },
  {
    text: 'Get output and verdict as JSON:',
    shell: "execd run --json -- sh -c 'echo out; exit 2'",
    output:
      '{\n...\n  "reason": "exited",\n  "ok": false,\n  "exitCode": 2,\n...\n  "stdout": "out\\n",\n...\n}\n',
  },
  {
    text: 'Keep a command in a file, and lay options over it:',
    shell: `cat >greet.yaml <<'END'
rootfs: { type: host }
process:
  args: [sh, -c, 'echo hello $NAME']
  env: { NAME: file }
END
execd run -f greet.yaml
execd run -f greet.yaml -e NAME=options`,
    output: 'hello file\nhello options\n',
  },
  {
    text: 'An error says what is wrong and what to do:',
    shell: 'execd run --memroy 64m true\necho status $?',
    output: 'execd run: --memroy: no such option\nhint: did you mean --memory?\nstatus 125\n',
  },
]
