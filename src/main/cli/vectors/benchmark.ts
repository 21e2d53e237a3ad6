import { z } from 'zod'
import { benchmarkScore } from '../../reward/benchmark.ts'
import { outcomeOf, questionTypeOf, WireQuestionType, type VectorResult } from './result.ts'

const BenchmarkFile = z.object({
  cases: z.array(z.object({ model_output: z.string(), answer: z.string(), problem_type: WireQuestionType, score: z.number() }))
})

/** benchmark.json: the evaluation scorer's score of each output. */
export function checkBenchmark(file: string, content: unknown): VectorResult[] {
  return BenchmarkFile.parse(content).cases.map(({ model_output, answer, problem_type, score }, position) => {
    const found = benchmarkScore(model_output, answer, questionTypeOf(problem_type)) ?? 0
    return outcomeOf(file, position, Math.abs(found - score) <= 1e-6 ? null : `${problem_type} "${answer}": expected ${score}, got ${found}`)
  })
}
