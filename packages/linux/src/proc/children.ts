import { readdirSync, readFileSync } from 'node:fs'
import { readStat } from './stat.js'

/** Ids of every process that is visible here. */
export function allPids(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
}

/** Children of a process's main thread, ended ones that it has not waited for among them. Empty when the process is gone. */
export function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').split(' ').filter(Boolean).map(Number)
  } catch {
    // without CONFIG_PROC_CHILDREN
    return allPids().filter((child) => readStat(child)?.parent === pid)
  }
}
