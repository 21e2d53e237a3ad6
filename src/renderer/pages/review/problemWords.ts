import { useI18n } from 'vue-i18n'
import type { StepProblem } from '#shared/domain/trajectory.ts'

/** What a problem's detail names, by the sentences that paths keep (rollout/episode.ts). */
const SENTENCES: Readonly<Partial<Record<StepProblem['kind'], RegExp>>> = {
  missing_image: /^There is no image (?<image>-?\d+), only 1 to (?<count>\d+)$/,
  outside_image: /^(?<shape>box|line) "(?<label>[\s\S]*)" at (?<at>[-\d., e]+) leaves the (?<width>\d+) x (?<height>\d+) image (?<image>\d+)$/,
  repeated_action: /^(?<shape>box|line) "(?<label>[\s\S]*)" at (?<at>[-\d., e]+) was drawn before$/
}

/** The values of a problem's sentence; null where its detail is the model's own text, or a path of another version says it otherwise. */
export function problemValues({ kind, detail }: StepProblem): Record<string, string> | null {
  const groups = SENTENCES[kind]?.exec(detail)?.groups
  return groups === undefined ? null : { ...groups }
}

/** A problem's particulars in the language in use, '' where its kind says it all. */
export function useProblemDetail(): (problem: StepProblem) => string {
  const { t } = useI18n()
  return (problem) => {
    if (problem.kind === 'no_action') return ''
    const values = problemValues(problem)
    if (values === null) return problem.detail
    const shape = values['shape'] === undefined ? '' : t(values['shape'] === 'line' ? 'canvas.line' : 'canvas.box')
    return t(`problemDetail.${problem.kind}`, { ...values, shape })
  }
}
