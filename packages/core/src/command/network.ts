import { isIPv4, isIPv6 } from 'node:net'
import { z } from 'zod'
import { absolutePath, containerId } from './text.js'

const interfaceName = z.string().regex(/^[A-Za-z0-9_.-]{1,15}$/, 'wanted 1 to 15 of A-Z a-z 0-9 _ . -')
const ipv4 = z.string().refine(isIPv4, 'wanted an IPv4 address')
const ipv6 = z.string().refine(isIPv6, 'wanted an IPv6 address')

const interfaceSchema = z.strictObject({
  name: interfaceName.default('eth0').describe('Name inside the container.'),
  bridge: interfaceName.describe('An existing bridge of the host that the outer end is attached to.'),
  address: ipv4.nullable().default(null).describe('IPv4 address. Null: none.'),
  prefixLength: z.number().int().min(0).max(32).default(24).describe('Prefix length of the IPv4 address.'),
  gateway: ipv4.nullable().default(null).describe('IPv4 default gateway. Null: no default route.'),
  address6: ipv6.nullable().default(null).describe('IPv6 address. Null: none.'),
  prefixLength6: z.number().int().min(0).max(128).default(64).describe('Prefix length of the IPv6 address.'),
  gateway6: ipv6.nullable().default(null).describe('IPv6 default gateway. Null: no default route.'),
  macAddress: z
    .string()
    .regex(/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i, 'wanted six pairs of hexadecimal digits with colons')
    .nullable()
    .default(null)
    .describe('Hardware address. Null: chosen by the kernel.'),
  mtu: z
    .number()
    .int()
    .min(68)
    .max(65535)
    .nullable()
    .default(null)
    .describe('Maximum transmission unit in bytes. Null: as the bridge.'),
  hairpin: z
    .boolean()
    .default(false)
    .describe('Let the bridge send packets back out of the port they came from.'),
})

/** The network of a container. */
export const networkSchema = z
  .strictObject({
    mode: z
      .enum(['none', 'host', 'bridge', 'container', 'path'])
      .default('none')
      .describe(
        '"none": a network namespace of its own with only lo. "host": the host\'s. "bridge": veth pairs as `interfaces` says. "container" and "path": one that exists.',
      ),
    container: containerId
      .nullable()
      .default(null)
      .describe('With mode "container": whose network namespace to share.'),
    path: absolutePath.nullable().default(null).describe('With mode "path": a network namespace file.'),
    interfaces: z
      .array(interfaceSchema)
      .max(16)
      .default([])
      .describe('With mode "bridge": the interfaces to make.'),
  })
  .superRefine((value, context) => {
    const wanted = {
      container: value.mode === 'container',
      path: value.mode === 'path',
      interfaces: value.mode === 'bridge',
    }
    const given = {
      container: value.container !== null,
      path: value.path !== null,
      interfaces: value.interfaces.length > 0,
    }
    for (const key of ['container', 'path', 'interfaces'] as const) {
      if (wanted[key] === given[key]) continue
      const message = wanted[key]
        ? `wanted, because the mode is "${value.mode}"`
        : `wanted only with another mode than "${value.mode}"`
      context.addIssue({ code: 'custom', path: [key], message, input: value[key] })
    }
    const names = value.interfaces.map((item) => item.name)
    if (new Set(names).size !== names.length) {
      context.addIssue({
        code: 'custom',
        path: ['interfaces'],
        message: 'wanted a different name for each interface',
        input: names,
      })
    }
  })
