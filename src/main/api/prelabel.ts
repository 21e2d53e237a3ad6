import { totalmem } from 'node:os'
import { join } from 'node:path'
import type { PrelabelPreview, PrelabelRequest } from '#shared/contract/prelabel.ts'
import { Workload } from '#shared/domain/modelFacts.ts'
import { defaultSampling } from '#shared/domain/samplingLimits.ts'
import { forgetPrelabel, listOpenPrelabels, previewPrelabel, resumePrelabel, startPrelabel } from '../jobs/prelabel.ts'
import type { Workshop } from '../jobs/workshop.ts'
import { getCheckpoint } from '../store/checkpoints.ts'
import { os } from './implement.ts'

/** Paths that an engine writes at once. */
const AT_ONCE = 64

export function prelabelHandlers(workshop: Workshop) {
  return os.prelabel.router({
    preview: os.prelabel.preview.handler(async ({ input }) => {
      const preview = await previewPrelabel(workshop, input)
      return { ...preview, memory: await memoryOf(workshop, input, preview.paths) }
    }),
    start: os.prelabel.start.handler(({ input }) => startPrelabel(workshop, input)),
    open: os.prelabel.open.handler(() => listOpenPrelabels(workshop)),
    resume: os.prelabel.resume.handler(({ input }) => resumePrelabel(workshop, input.id)),
    forget: os.prelabel.forget.handler(({ input }) => {
      forgetPrelabel(workshop, input.id)
      return {}
    })
  })
}

/** What the longest paths would need, all at once. */
async function memoryOf({ project }: Workshop, { writer, temperature, seed }: PrelabelRequest, paths: number): Promise<PrelabelPreview['memory']> {
  if (writer.kind === 'endpoint' || paths === 0) return null
  const checkpoint = getCheckpoint(project, writer.checkpointId)
  // Loaded when first asked for (it brings the tokenizer): the studio opens without it.
  const { describeModel, plansFor } = await import('../model/modelFacts.ts')
  const described = await describeModel(join(project.folder, checkpoint.folder))
  const machineBytes = totalmem()
  const tokens = defaultSampling(checkpoint, { temperature, seed }).maxTotalTokens
  const plan = plansFor(described, Workload.parse({ batch: Math.min(paths, AT_ONCE), tokens }), machineBytes).find(({ use }) => use === 'rollout')
  return plan === undefined ? null : { bytes: plan.total, machineBytes, fits: plan.fits }
}
