// The thread that starts CPython for the snapshot, so that the pool is not kept from its messages meanwhile.
import { workerData } from 'node:worker_threads';
import { isPythonBootData } from '../box-data.ts';
import { poolPort } from '../serve-boxes.ts';
import { bootPython } from './snapshot.ts';

const data: unknown = workerData;
const port = poolPort();
if (!isPythonBootData(data)) throw new Error('a snapshot is taken of an image and its harness');
port.postMessage(bootPython(data, data.harness), []);
