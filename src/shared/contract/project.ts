import { z } from 'zod'
import { procedure } from './base.ts'

export const ProjectInfo = z.object({
  name: z.string(),
  folder: z.string(),
  version: z.string(),
  device: z.string(),
  cores: z.int(),
  memoryBytes: z.number(),
  items: z.int(),
  trajectories: z.int(),
  tasks: z.array(z.string()),
  prompts: z.array(z.string()),
  drawStyles: z.array(z.string())
})
export type ProjectInfo = z.infer<typeof ProjectInfo>

export const projectContract = { info: procedure.output(ProjectInfo) }
