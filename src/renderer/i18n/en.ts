import { enAssist } from './enAssist.ts'
import { enCanvas } from './enCanvas.ts'
import { enDevices } from './enDevices.ts'
import { enFindings } from './enFindings.ts'
import { enItems } from './enItems.ts'
import { enJobs } from './enJobs.ts'
import { enMachine } from './enMachine.ts'
import { enNewItem } from './enNewItem.ts'
import { enPages } from './enPages.ts'
import { enPaths } from './enPaths.ts'
import { enQueue } from './enQueue.ts'
import { enSimilar } from './enSimilar.ts'
import { enTeaching } from './enTeaching.ts'
import { enTraining } from './enTraining.ts'

/** English, the source of every other language: each must have exactly these keys. */
export const en = {
  ...enPages,
  ...enItems,
  ...enSimilar,
  ...enNewItem,
  ...enCanvas,
  ...enTraining,
  ...enTeaching,
  ...enPaths,
  ...enAssist,
  ...enDevices,
  ...enFindings,
  ...enJobs,
  ...enMachine,
  ...enQueue,
  shell: { pages: 'Pages', language: 'Switch language', otherLanguage: '中文', theme: 'Switch between light and dark' },
  page: { data: 'Data', review: 'Review', train: 'Train', evaluate: 'Evaluate', models: 'Models' },
  status: {
    counts: '{items} items, {paths} paths', cores: '{n} cores', noJob: 'No job running', stopping: 'stopping…', queued: '+{n} queued', left: '{time} left',
    saved: 'Saved', saving: 'Saving…', notSaved: 'Not saved',
    run: { queued: 'Queued', running: 'Running', pausing: 'Pausing', paused: 'Paused', stopping: 'Stopping', finished: 'Finished', stopped: 'Stopped', failed: 'Failed' }
  },
  connection: { connecting: 'Connecting', open: 'Connected', lost: 'Connection lost, trying again', gone: 'The program does not answer. Once it does, try again.', refused: 'The program was started anew: open the address it printed' },
  action: {
    cancel: 'Cancel', start: 'Start', close: 'Close', retry: 'Try again', cancelJob: 'Cancel the job', runInBackground: 'Run in background', clearFilter: 'Clear filters',
    yes: 'yes', no: 'no', kind: { draw: 'Draw', answer: 'Answer', none: 'No action' }
  },
  failure: {
    read: 'Could not read from the project', import: 'Import failed', export: 'Could not export', importModel: 'Could not import the model', generate: 'Could not generate', cancel: 'Could not cancel',
    train: 'Could not start', resume: 'Could not resume', evaluate: 'Could not evaluate', picture: 'The picture could not be shown'
  },
  jobTitle: {
    bulkItems: 'Change many items', undoItems: 'Take a change of items back', deleteItems: 'Delete items for ever', bulkPaths: 'Judge many paths', undoPaths: 'Take a word on many paths back', tidy: 'Delete pictures nobody uses'
  },
  progressUnit: { items: 'items', paths: 'paths', records: 'records', steps: 'steps', questions: 'questions', files: 'files' },
  job: { finished: 'Finished', stopped: 'Stopped. What was done until then is kept.', log: 'Log', noLog: 'Nothing reported yet.' },
  split: { train: 'train', validation: 'validation', test: 'test' },
  dataType: { image: 'one image', multiView: 'several views', video: 'video' },
  questionType: { multipleChoice: 'multiple choice', numerical: 'number', regression: 'measure', freeForm: 'free text', vci: 'camera motion' },
  generator: {
    maze: { name: 'Maze', what: 'Follow moves on a grid and name the letter at the end; the path is drawn move by move.' },
    relation: { name: 'Relation', what: 'Which object is left of, above or closer to another; a box on each named object.' },
    count: { name: 'Count', what: 'How many objects of a kind; one box for each.' }
  },
  origin: { teacher: 'teacher', model: 'model', human: 'edited' },
  verdict: { accept: 'Accept', reject: 'Reject', skip: 'Skip', none: 'No verdict' },
  path: { correct: 'Right', wrong: 'Wrong', unscored: 'Not scored', reflective: 'Reflective', notReflective: 'Not reflective', behaviour: '{steps} steps, {boxes} boxes, {lines} lines', short: '{steps} st · {boxes} □ · {lines} ↗' },
  finish: {
    answered: 'answered', no_action: 'no action', bad_action: 'unusable action', too_many_images: 'too many images', too_many_turns: 'too many turns',
    repeated_action: 'repeated itself', turn_length: 'turn too long', total_length: 'path too long', cut: 'ended by a person'
  },
  problem: {
    unparsed_block: 'Unreadable block', unknown_operation: 'Unknown operation', missing_image: 'No such image', outside_image: 'Outside the image',
    repeated_action: 'Repeated operation', no_action: 'No action'
  },
  shortcuts: {
    title: 'Keyboard shortcuts', note: 'Keys are ignored while you type in a field. Lists move with the arrow keys, Page Up/Down, Home and End. Ctrl held while drawing switches snapping off, Shift squares a box and straightens a line. Shift and a click choose one shape more or less; a drag on the empty picture, or with Shift anywhere, chooses what it touches.',
    edit: 'Change keys', done: 'Done', reset: 'Reset all', resetOne: 'Reset {action}', change: 'Change the key of {action}', press: 'press a key…', editNote: 'Press a key shown here, then the key it should be; Esc leaves it. Arrow keys and digits stay as they are.',
    conflict: 'does several things: {actions}',
    global: { title: 'Everywhere', page1: 'Data', page2: 'Review', page3: 'Train', page4: 'Evaluate', page5: 'Models', help: 'This sheet', prelabel: 'Let a model write paths (Data, Review)' },
    data: { title: 'Data', tick: 'Tick the item', tickAll: 'Tick all of the query', trash: 'Move to the trash' },
    canvas: {
      title: 'Canvas', toolSelect: 'Select', toolBox: 'Draw a box', toolLine: 'Draw a line', toolPan: 'Pan (or hold Space)', addBox: 'Add a box', addLine: 'Add a line', cancel: 'Cancel, deselect', remove: 'Delete the shape',
      pick: 'Suggested label, else answer option', nextShape: 'Next shape', previousShape: 'Previous shape', alsoNext: 'Choose the next shape too', alsoPrevious: 'Choose the previous shape too', chooseAll: 'Choose all shapes of the step', earlier: 'Draw earlier', later: 'Draw later', clip: 'Clip to the picture', resize: 'Resize by 1', panView: 'Move the view',
      snapping: 'Snapping', crosshair: 'Crosshair', magnifier: 'Magnifier', minimap: 'Overview', onlyStep: 'Only this step', modelLayer: 'Model layer', humanLayer: 'Human layer', modelView: 'As the model saw it', sideBySide: 'Views side by side', nextPicture: 'Next picture or frame', previousPicture: 'Previous picture or frame',
      duplicate: 'Duplicate', relabel: 'Edit the label', undo: 'Undo', redo: 'Redo', nudge: 'Move by 1', nudge10: 'Move by 10',
      fit: 'Fit the picture', actualSize: '100 %', zoomIn: 'Zoom in (or wheel)', zoomOut: 'Zoom out'
    },
    review: {
      title: 'Review', accept: 'Accept, go on', reject: 'Reject, go on', skip: 'Next path', previous: 'Previous path', markReflective: 'Mark as reflective', nextRevision: 'Next revision', confirmRevision: 'Confirm the revision', refuseRevision: 'Refuse the revision',
      acceptUpTo: 'Accept up to this step', acceptStep: 'Accept this step', rejectStep: 'Reject this step', nextStep: 'Next step', previousStep: 'Previous step'
    }
  }
}

/** Any language: the same keys, its own words. */
export type Messages = Words<typeof en>
type Words<T> = { readonly [K in keyof T]: T[K] extends string ? string : Words<T[K]> }
