import { ref, type Ref, shallowRef, type ShallowRef, watch } from 'vue'
import { useI18n } from 'vue-i18n'
import type { RunId } from '#shared/domain/ids.ts'
import { unpackMetrics } from '#shared/domain/metricColumns.ts'
import type { TrainingRun } from '#shared/domain/trainingRun.ts'
import { attempt } from '../../client/attempt.ts'
import { api } from '../../client/client.ts'
import { CurveTable } from '../../components/curves.ts'
import type { JobEvents } from '../../components/jobEvents.ts'

/** A run's numbers: those stored, read at first and at each change of its status, and those heard since; `version` counts what came in. */
export function useRunCurves(run: () => TrainingRun, events: JobEvents): { table: ShallowRef<CurveTable>; version: Ref<number> } {
  const { t } = useI18n()
  const table = shallowRef(new CurveTable())
  const version = ref(0)
  let heard = 0

  /** Reads what is stored from a step on; what was heard meanwhile stays. */
  async function read(fromStep: number): Promise<void> {
    const into = table.value
    const found = await attempt(t('failure.read'), () => api.training.metrics({ runId: run().id, fromStep }))
    if (found === null || table.value !== into) return
    into.takeColumns(unpackMetrics(found))
    version.value++
  }

  watch([() => run().id, () => run().status], ([runId], [before] = [undefined, undefined]) => {
    if (runId !== before) {
      table.value = new CurveTable()
      heard = 0
    }
    void read((table.value.steps.at(-1) ?? -1) + 1)
  }, { immediate: true })

  watch(events.metrics, (metrics) => {
    const lines = metrics.get(run().id) ?? []
    if (lines.length < heard) heard = 0
    const [fresh, last] = [lines.slice(heard), table.value.steps.at(-1)]
    const [first] = fresh
    if (first === undefined) return
    // What was told while no one listened (a lost connection) is not told again, but stored.
    if (last !== undefined && first.step > last + 1) void read(last + 1)
    table.value.take(fresh)
    heard = lines.length
    version.value++
  })
  return { table, version }
}

/** The numbers of other runs, read when they are chosen. */
export function useOtherCurves(chosen: () => readonly RunId[]): ShallowRef<ReadonlyMap<RunId, CurveTable>> {
  const { t } = useI18n()
  const tables = shallowRef<ReadonlyMap<RunId, CurveTable>>(new Map())
  watch(chosen, async (runIds) => {
    const read = await Promise.all(runIds.map(async (runId) => {
      const found = await attempt(t('failure.read'), () => api.training.metrics({ runId }))
      const table = new CurveTable()
      if (found !== null) table.takeColumns(unpackMetrics(found))
      return [runId, table] as const
    }))
    if (chosen().join() === runIds.join()) tables.value = new Map(read)
  })
  return tables
}
