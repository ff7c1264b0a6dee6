import { type FieldCases, shows } from './field-case.js'

const seccompMode = 'grep ^Seccomp: /proc/self/status | cut -f2'

/** System call filters and kernel parameters. */
export const securityCases: FieldCases = {
  'seccomp=default': shows(
    `${seccompMode}; unshare -U true`,
    { seccomp: 'default' },
    /^2\nunshare: [^\n]*not permitted$/,
  ),
  'seccomp=unconfined': shows(
    `${seccompMode}; unshare -U true && echo made`,
    { seccomp: 'unconfined' },
    '0\nmade',
  ),
  'seccomp=profile': shows(
    `${seccompMode}; mkdir /data/refused; ls /data | grep refused`,
    {
      seccomp: {
        defaultAction: 'SCMP_ACT_ALLOW',
        syscalls: [{ names: ['mkdir', 'mkdirat'], action: 'SCMP_ACT_ERRNO', errnoRet: 28 }],
      },
    },
    /^2\nmkdir: [^\n]*No space left on device$/,
  ),
  sysctl: shows(
    'cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/msgmax /proc/sys/fs/mqueue/msg_max',
    { sysctl: { 'net.ipv4.ip_forward': '1', 'kernel.msgmax': '4567', 'fs.mqueue.msg_max': '12' } },
    '1\n4567\n12',
  ),
}
