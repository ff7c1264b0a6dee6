import { readText } from '../files.js'
import { joinPath } from '../text.js'
import type { CgroupPaths } from '../types.js'
import {
  type GroupUsage,
  REPORT_FILES_V1,
  REPORT_FILES_V2,
  type ReportKey,
  type ReportTexts,
  usageFromReport,
} from './report.js'

/**
 * What groups have counted until now, for who removes them after their last process has ended. Null for what this kernel does not count or
 * whose group is gone.
 */
export async function readUsage(paths: CgroupPaths): Promise<GroupUsage> {
  const byController = Object.entries(paths.version === 2 ? REPORT_FILES_V2 : REPORT_FILES_V1)
  const texts: Partial<Record<ReportKey, string | null>> = {}
  await Promise.all(
    byController.flatMap(([controller, files]) => {
      const dir = paths.dirs[paths.version === 2 ? 'unified' : controller]
      return files.map(async ({ key, file }) => {
        texts[key] = dir === undefined ? null : await readText(joinPath(dir, file))
      })
    }),
  )
  return usageFromReport(texts satisfies ReportTexts)
}
