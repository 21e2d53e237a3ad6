/** The words of the machine monitor. */
export const enMachine = {
  machine: {
    title: 'Machine', open: 'Open the machine monitor', processorShort: 'CPU', memoryShort: 'RAM', cardShort: 'GPU', of: '{used} of {all} GB',
    processor: 'Processor', memory: 'Memory', engine: 'Engine', card: 'Graphics card', disk: 'Free on the project\'s disk',
    noEngine: 'not at work', engineIs: '{processor} of the processor, {memory} of memory, {device} held on the graphics device', notTold: 'not told by this system', loadUntold: 'load not told', cardMemory: '{used} of {all} in use',
    tenMinutes: 'The last ten minutes', second: 'second', whileRunning: 'Machine while it ran', untold: 'Load and memory of the graphics card: not told by this system.',
    chart: { processor: 'Processor, %', memory: 'Memory, GB of {of}', card: 'Graphics card, %', cardMemory: 'Graphics memory, GB', disk: 'Free disk, GB' },
    line: { machine: 'machine', engine: 'engine', held: 'held by the engine', free: 'free' }
  }
}
