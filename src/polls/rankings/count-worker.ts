// Runs in a worker thread: counts rankings, which takes up to a second.
import { parentPort } from 'node:worker_threads'
import { type CountTask, countTask } from './count-task.ts'

parentPort?.on('message', (task: CountTask) => parentPort?.postMessage(countTask(task)))
