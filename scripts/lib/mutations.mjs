const helper = (file) => `packages/native/helper/${file}.c`
const source = (file) => `packages/native/src/${file}.ts`

/**
 * Rules of the native driver against known escapes, each with an edit that takes it out and the tests that must then fail: `[file, text, instead]`, and
 * the pattern of test files and of names.
 */
export const MUTATIONS = [
  {
    rule: 'paths of an image are resolved inside its root',
    edits: [[helper('steps_root'), 'resolve | IN_ROOT | IN_NO_MAGICLINKS', 'resolve']],
    tests: ['driver/hostile'],
  },
  {
    rule: 'missing mount points are never made through a link',
    edits: [
      [
        helper('steps_mount'),
        'mkdirat(parent, name, 0755) < 0',
        'mkdirat(parent, name, 0755) < 0 && errno != EEXIST',
      ],
      [
        helper('steps_mount'),
        'O_PATH | O_NOFOLLOW, IN_BENEATH | IN_NO_SYMLINKS | IN_NO_MAGICLINKS',
        'O_PATH, 0',
      ],
    ],
    tests: ['driver/hostile|helper/mounts'],
  },
  {
    rule: '/proc, /dev and /sys of an image must be real directories',
    edits: [[helper('steps_mount'), 'step_int(s, 2) != 0 ? IN_NO_SYMLINKS : 0', '0']],
    tests: ['driver/hostile|helper/mounts'],
  },
  {
    rule: 'descriptors are closed, and the working directory is inside the root',
    edits: [
      [helper('child'), 'if (state.released) return;', 'return;'],
      [helper('steps_process'), "return path[0] == '/' ? 0 : -ENOENT;", 'return 0;'],
    ],
    tests: ['driver/hostile|helper/run|driver/isolation-process'],
  },
  {
    rule: 'what the caller leaked is closed at once',
    edits: [
      [helper('main'), 'return sys_close_range(TERMINAL_FD + 1, ~0U);', 'return 0;'],
      [helper('child'), 'if (state.released) return;', 'return;'],
    ],
    tests: ['driver/isolation-process|helper/run'],
  },
  {
    rule: 'a process that joins cannot be traced',
    edits: [[helper('util'), 'if (!state.stay_dumpable) prctl', 'if (false) prctl']],
    tests: ['helper/join|helper/run|helper/user'],
  },
  {
    rule: 'a pid is checked with its start time',
    edits: [[helper('steps_file'), 'start != (uint64_t)step_int(s, 2)', 'false']],
    tests: ['helper/join'],
  },
  {
    rule: 'a session of its own',
    edits: [[helper('steps_system'), 'if (setsid() < 0) return -errno;', '']],
    tests: ['driver/isolation-process'],
  },
  {
    rule: 'nobody types into the terminal of the caller',
    edits: [
      [helper('steps_system'), 'if (setsid() < 0) return -errno;', ''],
      [source('sys/linux'), 'const POSIX_SPAWN_SETSID = 0x80', 'const POSIX_SPAWN_SETSID = 0'],
    ],
    tests: ['driver/attack-typing'],
  },
  {
    rule: 'a session keyring of its own',
    edits: [[helper('steps_process'), 'syscall(SYS_keyctl, 1, NULL)', '0']],
    tests: ['driver/isolation-process'],
  },
  {
    rule: "the host's null device is not given",
    edits: [[helper('steps_system'), 'int result = own_null();', 'int result = false ? own_null() : 0;']],
    tests: ['driver/isolation-files'],
  },
  {
    rule: 'the null device that masks is one',
    edits: [
      [helper('steps_root'), 'if (!S_ISCHR(st.st_mode) || st.st_rdev != makedev(1, 3)) return -ENODEV;', ''],
    ],
    tests: ['helper/mounts|driver/hostile'],
  },
  {
    rule: 'supplementary groups are set',
    edits: [[helper('steps_user'), 'syscall(SYS_setgroups, groups.count, groups.ids) < 0', 'false']],
    tests: ['driver/isolation-process|helper/user'],
  },
  {
    rule: 'capabilities are dropped from the bounding set',
    edits: [
      [
        helper('steps_process'),
        'if (has > 0 && !(mask >> cap & 1) &&',
        'if (has > 0 && !(mask >> cap & 1) && cap > 64 &&',
      ],
    ],
    tests: ['driver/isolation-process'],
  },
  {
    rule: 'nothing of the old root stays mounted',
    edits: [[helper('steps_mount'), 'result = rc(umount2(".", MNT_DETACH));', 'result = 0;']],
    tests: ['driver/attack|helper/mounts|driver/isolation-files'],
  },
  {
    rule: 'sysctls are written through a procfs of the kernel',
    edits: [
      [
        helper('steps_system'),
        'int proc = private_procfs();\n  if (proc < 0) return proc;\n  int length = snprintf(path',
        'int proc = open_in_root("/proc", O_PATH, 0);\n  if (proc < 0) return proc;\n  int length = snprintf(path',
      ],
    ],
    tests: ['helper/|driver/hostile'],
  },
  {
    rule: 'the helper acts for a socket only',
    edits: [
      [
        helper('main'),
        'if (!is_control(CONTROL_FD)) return 1;',
        'if (!is_control(CONTROL_FD) && false) return 1;',
      ],
    ],
    tests: ['driver/hostile|helper/run'],
  },
  {
    rule: 'digits are a number, never a name',
    edits: [
      [
        source('isolation/user'),
        '/^\\d+$/.test(text) ? { number: Number(text) } : { name: text }',
        '{ name: text }',
      ],
    ],
    tests: ['driver/isolation-process'],
  },
  {
    rule: 'no new privileges',
    edits: [[source('isolation/process'), 'step.noNewPrivs()', 'step.umask({ mask: process.umask })']],
    tests: ['driver/isolation-process'],
  },
  {
    rule: 'system calls are filtered',
    edits: [
      [
        source('isolation/process'),
        'context.init === null && lateFilter !== null',
        'false as boolean && lateFilter !== null',
      ],
    ],
    tests: ['driver/isolation-process'],
  },
  {
    rule: '/sys and the cgroups are read-only',
    edits: [
      [
        source('isolation/mounts'),
        'command.process.privileged ? 0 : MOUNT_ATTR_RDONLY',
        'command.process.privileged ? MOUNT_ATTR_RDONLY : 0',
      ],
    ],
    tests: ['driver/isolation-files'],
  },
  {
    rule: 'paths of /proc and /sys are masked',
    edits: [[source('isolation/run-plan'), 'if (masked.length > 0) {', 'if (masked.length > 1000) {']],
    tests: ['driver/isolation-files'],
  },
  {
    rule: 'mounts are nosuid and nodev',
    edits: [[source('isolation/mounts'), 'if (options.nosuid) set |= MOUNT_ATTR_NOSUID', '']],
    tests: ['driver/isolation-files'],
  },
  {
    rule: 'mounts are cut off from the host',
    edits: [
      [
        source('isolation/run-plan'),
        'step.propagate({ flags: MS_REC | MS_SLAVE })',
        'step.propagate({ flags: MS_REC | (MS_SLAVE << 1) })',
      ],
    ],
    tests: ['driver/(isolation|propagation|hostile)'],
  },
  {
    rule: 'a container whose processes may trace is not joined',
    edits: [
      [
        source('isolation/tracing'),
        'if (ownUserNamespace || process.privileged) return false',
        'if (ownUserNamespace || process.privileged || (true as boolean)) return false',
      ],
    ],
    tests: ['driver/exec.root'],
  },
]
