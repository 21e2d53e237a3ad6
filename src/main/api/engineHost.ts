// What a door needs to start engines in its own way.
export { engineEntry, LastWords, type EngineProcess } from '../jobs/engineProcess.ts'
