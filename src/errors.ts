/**
 * Every error that is raised on purpose. One row a code: the HTTP status, when it happens, what it says about the data
 * that came, and the way out. `docs/errors.md` is rendered from this table (`npm run check -- --write`), and a test
 * holds the two together. A 4xx row ends a command with exit code 2, a 5xx row with 1.
 */

interface Row<Data> {
  readonly status: number;
  readonly when: string;
  readonly say: (data: Data) => string;
  readonly fix: string;
}

const row = <Data>(status: number, when: string, say: (data: Data) => string, fix: string): Row<Data> => ({
  status,
  when,
  say,
  fix,
});

export const ERRORS = {
  USAGE: row<{ what: string; expected: string }>(
    400,
    'a command or its options are not understood',
    ({ what, expected }) => `${what}; expected ${expected}`,
    'run the command with --help',
  ),
  WORKSPACE_BUSY: row<{ dir: string; pid: number }>(
    409,
    'another process is writing to the workspace',
    ({ dir, pid }) => `workspace ${dir} is in use by process ${pid}`,
    'wait for it to end, stop it, or name another --workspace',
  ),
  LOG_BUSY: row<{ waitingBytes: number }>(
    503,
    'more events come than the disk can keep',
    ({ waitingBytes }) => `${waitingBytes} bytes of events wait for the disk`,
    'send them again in a moment, or in larger batches',
  ),
  LOG_FULL: row<{ reason: string }>(
    503,
    'the disk has no room for more events',
    ({ reason }) => `the event log cannot grow: ${reason}`,
    'make room on the disk; events are taken again by themselves then',
  ),
  LOG_FAILED: row<{ reason: string }>(
    503,
    'the disk failed while events were written',
    ({ reason }) => `the event log has stopped: ${reason}`,
    'look at the disk, then start the server again: everything that was acknowledged is there',
  ),
  LOG_BROKEN: row<{ segment: string; at: number }>(
    500,
    'the event log is damaged',
    ({ segment, at }) => `${segment} is not what was written, from byte ${at} on`,
    'restore the file from a backup, or move it away to go on without its events',
  ),
  WORKSPACE_UNUSABLE: row<{ dir: string; reason: string }>(
    400,
    'the workspace folder cannot be made or written to',
    ({ dir, reason }) => `cannot write to the workspace ${dir}: ${reason}`,
    'name a folder that can be written to with --workspace',
  ),
  WORKSPACE_MISSING: row<{ dir: string; lacks: string }>(
    404,
    'the workspace has not been filled yet',
    ({ dir, lacks }) => `workspace ${dir} has no ${lacks}`,
    'run `tierwise run --workspace DIR --data DIR` first',
  ),
  WORKSPACE_BROKEN: row<{ file: string; reason: string }>(
    422,
    'a file that a run made is missing or broken',
    ({ file, reason }) => `${file} is missing or broken: ${reason}`,
    'run `tierwise run --workspace DIR --data DIR` again: it makes all files of the workspace anew',
  ),
  SCRATCH_UNUSABLE: row<{ dir: string; reason: string }>(
    400,
    'the folder for temporary files cannot be written to',
    ({ dir, reason }) => `cannot make temporary files in ${dir}: ${reason}`,
    'set TMPDIR (on Windows TEMP) to a folder that can be written to',
  ),
  DISK_FULL: row<{ path: string }>(
    507,
    'the disk is full while writing',
    ({ path }) => `no space left on the disk while writing ${path}`,
    'free some space and run the command again; the workspace is as it was before',
  ),
  AS_OF_EARLY: row<{ asOf: string; first: string }>(
    422,
    'the moment asked for lies before the first order',
    ({ asOf, first }) => `as-of ${asOf} is before the first order of ${first}`,
    'name a later --as-of',
  ),
  NO_ORDERS: row<{ mapping: string }>(
    422,
    'no paid order line is left after import',
    ({ mapping }) => `the files of ${mapping} hold no paid order line`,
    'look at the rejects with `tierwise import --dry-run`, and check the status and money columns of the mapping',
  ),
  ENGINE_FAILED: row<{ engine: string; reason: string }>(
    500,
    'an engine refused a query that should run',
    ({ engine, reason }) => `${engine} failed: ${reason}`,
    'this is a fault of the product: report it with the message',
  ),
  FILE_UNREADABLE: row<{ file: string; reason: string }>(
    422,
    'a file is missing, of an unknown kind, or broken',
    ({ file, reason }) => `cannot read ${file}: ${reason}`,
    'check the path and the file; .parquet, .csv(.gz), .tsv, .jsonl(.gz) and .xlsx are read',
  ),
  FILE_COLUMN_MISSING: row<{ file: string; column: string; have: readonly string[] }>(
    422,
    'a file lacks a column that is asked for',
    ({ file, column, have }) => `${file} has no column ${column}; it has ${have.join(', ')}`,
    'name a column that the file has (names are matched exactly)',
  ),
  COLUMN_TWICE: row<{ file: string; names: readonly string[] }>(
    422,
    'two columns of a file have the same name, capitals aside',
    ({ file, names }) => `${file} has two columns called ${names.join(' and ')}`,
    'rename one of them',
  ),
  COLUMN_KIND: row<{ file: string; column: string; type: string }>(
    422,
    'a column that is to be learned from holds neither numbers nor text nor times',
    ({ file, column, type }) => `column ${column} of ${file} is of type ${type}`,
    'leave it out with --ignore, or write it as numbers or text',
  ),
  COLUMN_KINDS_DIFFER: row<{ column: string; kinds: readonly (readonly [file: string, kind: string])[] }>(
    422,
    'a column is of one kind where a model learns and of another where it predicts',
    ({ column, kinds }) => `column ${column} holds ${kinds.map(([file, kind]) => `${kind} in ${file}`).join(' but ')}`,
    'write it in the same way in both, or leave it out with --ignore',
  ),
  NUMBER_TOO_LARGE: row<{ column: string; value: string }>(
    422,
    'a whole number cannot be held exactly',
    ({ column, value }) => `column ${column} holds ${value}, beyond 2^53`,
    'keep long digit strings as text, or use a smaller unit',
  ),
  SIMULATION_SIZE: row<{ what: string; value: number; least: number; most: number }>(
    400,
    'a simulated shop is asked for in a size that cannot be made',
    ({ what, value, least, most }) => `${what} is ${value}; expected a whole number from ${least} to ${most}`,
    'give a number in the range',
  ),
  SIMULATION_CUSTOMER: row<{ id: string }>(
    422,
    'a simulated response is asked for someone whom the simulated shop does not know',
    ({ id }) => `${id} is no customer of the simulated shop; its ids read C0000001`,
    'take customer ids from the simulated shop',
  ),
  SIMULATION_FOLDER: row<{ out: string; reason: string }>(
    422,
    'the folder for a simulated shop cannot be written to',
    ({ out, reason }) => `cannot write a simulated shop to ${out}: ${reason}`,
    'name a new or empty folder that you may write to',
  ),
  LEARNER_UNKNOWN: row<{ name: string; have: readonly string[] }>(
    400,
    'no learner has the name that was asked for',
    ({ name, have }) => `no learner is called ${name}; have ${have.join(', ')}`,
    'take a name of `learn --list`',
  ),
  LEARNER_NONE_FITS: row<{ task: string; have: readonly string[]; why: string }>(
    422,
    'no learner among those to choose from can learn the table',
    ({ task, have, why }) => `none of ${have.join(', ') || 'no learners'} can learn to ${task} this table: ${why}`,
    'name other learners, another task, or mend the table',
  ),
  METRIC_UNKNOWN: row<{ name: string; task: string; have: readonly string[] }>(
    400,
    'no figure that judges a task has the name that was asked for',
    ({ name, task, have }) => `no figure of ${task} is called ${name}; have ${have.join(', ')}`,
    'take one of these names',
  ),
  FOLDS_IMPOSSIBLE: row<{ folds: number; by: string; part: string; fold: number }>(
    422,
    'a table cannot be cut into the folds asked for',
    ({ folds, by, part, fold }) => `of ${folds} folds by ${by}, fold ${fold} has ${part}`,
    'ask for fewer folds or a smaller gap, or give more rows or groups',
  ),
  LEARNER_PARAMS: row<{ learner: string; name: string; value: string; expected: string }>(
    400,
    'a learner is given a parameter with a value that cannot be',
    ({ learner, name, value, expected }) => `${name} is ${value} for ${learner}; expected ${expected}`,
    'correct --params',
  ),
  EXPLAIN_NEEDS: row<{ kind: string; lacks: 'background' | 'learner' }>(
    400,
    'a model that is neither trees nor linear is to be explained without what sampling its predictions takes',
    ({ kind, lacks }) => `a model of kind ${kind} cannot be explained without a ${lacks}`,
    'give the learner that predicts with it, and a background of rows that stand for what is usual',
  ),
  EXPLAIN_ACTION: row<{ feature: string; what: string }>(
    400,
    'a change that may be proposed for a feature does not make sense',
    ({ feature, what }) => `${feature} ${what}`,
    'name columns of the row once each, with min <= max and a step above zero, or the values that can be taken',
  ),
  CLASS_UNKNOWN: row<{ name: string; have: readonly string[] }>(
    400,
    'a class that the model does not know is asked for',
    ({ name, have }) => `no class is called ${name}; the model has ${have.join(', ') || 'none'}`,
    'name a class of the model',
  ),
  LABEL_MISSING: row<{ label: string; have: readonly string[] }>(
    422,
    'a column to be learned is not there or has gaps',
    ({ label, have }) => `label ${label} is missing; columns are ${have.join(', ')}`,
    'name a column that has a value in every row, or leave those rows out',
  ),
  LABEL_NOT_NUMBER: row<{ label: string }>(
    422,
    'a column that is to be foretold as a number holds text',
    ({ label }) => `label ${label} holds text`,
    'name a column of numbers, or ask for the task classify',
  ),
  LABEL_OUT_OF_RANGE: row<{ loss: string; row: number; value: number }>(
    422,
    'a label lies where the loss that is asked for cannot take it',
    ({ loss, row: at, value }) =>
      `label ${value} in row ${at} does not suit ${loss}, which takes ${loss === 'rank' ? 'whole grades from 0 to 30' : 'zero or more'}`,
    'correct the label, or choose another loss or task',
  ),
  TARGET_NO_GROUP: row<Record<string, never>>(
    400,
    'a ranking is to be learned without groups',
    () => 'task rank has no column that tells the groups apart',
    'name the column of the query, customer or basket as group (--group COL)',
  ),
  FEATURE_MISSING: row<{ feature: string; have: readonly string[] }>(
    422,
    'a column to learn from or to predict with is not in the table',
    ({ feature, have }) => `no column ${feature}; the table has ${have.slice(0, 30).join(', ') || 'none'}`,
    'give a table with that column (names are matched exactly)',
  ),
  FEATURE_KIND: row<{ feature: string; came: string; expected: string }>(
    422,
    'a column is text where a learner needs numbers or was taught with numbers, or the reverse',
    ({ feature, came, expected }) => `column ${feature} holds ${came} where ${expected} is expected`,
    'give the column in the form that the model was taught with',
  ),
  TABLE_EMPTY: row<{ what: string }>(
    422,
    'a table that is to be learned from has no rows',
    ({ what }) => `${what} has no rows`,
    'give a table with rows',
  ),
  TABLE_TOO_LARGE: row<{ rows: number; inputs: number; most: number }>(
    422,
    'a table has more numbers than a learner can hold at once',
    ({ rows, inputs, most }) => `${rows} rows of ${inputs} inputs; at most ${most} numbers can be held at once`,
    'learn from a sample of the rows, from fewer columns, or with a smaller categoriesMax',
  ),
  WEIGHT_WRONG: row<{ weight: string; what: string }>(
    422,
    'weights of rows are below zero, missing or all zero',
    ({ weight, what }) => `weight ${weight} holds ${what}`,
    'give every row a weight of zero or more, and some row more than zero',
  ),
  MODEL_FILE_WRONG: row<{ file: string; reason: string }>(
    422,
    'a file of a model is broken, foreign or of another version',
    ({ file, reason }) => `${file} is no model that can be used: ${reason}`,
    'name a file that `learn --model FILE` wrote, or fit the model again',
  ),
  ONNX_NOT_POSSIBLE: row<{ learner: string; can: readonly string[] }>(
    400,
    'a model of a learner that has no form in ONNX is to be written as ONNX',
    ({ learner, can }) => `a model of ${learner} cannot be written as ONNX; possible for ${can.join(', ')}`,
    'write it as .json, or take another learner',
  ),
  ONNX_FILE_WRONG: row<{ file: string; reason: string }>(
    422,
    'an ONNX file cannot be used as a model of a table',
    ({ file, reason }) => `${file} cannot be used: ${reason}`,
    'leave columns out with --ignore (or name --id and --label), or export it again with inputs for the columns of the table',
  ),
  ONNX_RUNTIME_MISSING: row<{ file: string; reason: string }>(
    422,
    'an ONNX file needs a runtime that is not installed',
    ({ file, reason }) => `${file} needs onnxruntime-node, which is not here (${reason})`,
    'install the optional package onnxruntime-node; ensembles of trees and linear models of ai.onnx.ml need none',
  ),
  LABEL_ONE_CLASS: row<{ label: string; classes: readonly string[] }>(
    422,
    'all rows to learn from are of one class',
    ({ label, classes }) => `label ${label} has only the class ${classes.join(', ') || '(no rows)'}`,
    'give rows of at least two classes',
  ),
  MAPPING_MISSING: row<{ dir: string; isFolder: boolean; shipped: readonly string[] }>(
    404,
    'neither a tierwise.yaml nor a shipped mapping fits the data folder',
    ({ dir, isFolder, shipped }) =>
      `no mapping for ${dir}: ${isFolder ? 'no tierwise.yaml in it' : 'there is no such folder'}, and none of the shipped ones fits (${shipped.join(', ')})`,
    'write a tierwise.yaml into the folder (docs/mapping.md), or name a folder or one of the shipped mappings',
  ),
  MAPPING_INVALID: row<{
    file: string;
    line: number;
    key: string;
    came: string;
    expected: string;
    write: string;
    more: number;
  }>(
    400,
    'a mapping file does not say what it should',
    ({ file, line, key, came, expected, write, more }) =>
      `${file}:${line}: ${key} is ${came}; expected ${expected}; write ${write}${more > 0 ? ` (and ${more} more)` : ''}`,
    'mend the line named; docs/mapping.md has every key',
  ),
  FILE_MISSING: row<{ file: string; dir: string; has: readonly string[] }>(
    404,
    'a file that the mapping names is not in the data folder',
    ({ file, dir, has }) => `${file} is not in ${dir}, which has ${has.length === 0 ? 'no files' : has.join(', ')}`,
    'put the file there, or correct its name (`file` in the mapping, or the option)',
  ),
  FILE_BROKEN: row<{ file: string; format: string; reason: string }>(
    422,
    'a file cannot be read as what it says it is',
    ({ file, format, reason }) => `${file} cannot be read as ${format}: ${reason}`,
    'export or copy the file again, or state the right `format` in the mapping',
  ),
  FILE_EMPTY: row<{ file: string; table: string }>(
    422,
    'a file has no data rows',
    ({ file, table }) => `${file} (row 1) has no rows for ${table}`,
    'export the file again, or leave the source out of the mapping',
  ),
  SHEET_MISSING: row<{ file: string; sheet: string; has: readonly string[] }>(
    404,
    'an XLSX file lacks the sheet that the mapping names',
    ({ file, sheet, has }) => `${file} has no sheet ${sheet}; it has ${has.join(', ')}`,
    'correct `sheet` in the mapping',
  ),
  COLUMN_MISSING: row<{ file: string; column: string; near: string; has: readonly string[] }>(
    422,
    'a file lacks a column that the mapping reads',
    ({ file, column, near, has }) =>
      `${file} (row 1) has no column "${column}"; ${near === '' ? '' : `nearest is "${near}"; `}it has ${has.slice(0, 30).join(', ')}`,
    'correct the column name in the mapping, or export the file with that column',
  ),
  ENCODING_WRONG: row<{ file: string; row: number; encoding: string; bytes: string; evidence: string }>(
    422,
    'bytes of a text file do not fit its encoding',
    ({ file, row, encoding, bytes, evidence }) =>
      `${file} row ${row}: bytes ${bytes} are not ${encoding} (${evidence})`,
    'state the right `encoding` in the mapping, or save the file as UTF-8',
  ),
  ENCODING_UNSURE: row<{ file: string; row: number; evidence: string }>(
    422,
    'the encoding of a text file cannot be told from its bytes',
    ({ file, row, evidence }) => `${file} row ${row}: the encoding cannot be told: ${evidence}`,
    'save the file as UTF-8, or state `encoding` for this source in the mapping (utf-8, utf-16le, utf-16be, gbk, gb18030, big5, windows-1252 ...)',
  ),
  PATTERN_INVALID: row<{ file: string; what: string; reason: string }>(
    400,
    'a time pattern or regular expression of a mapping does not work',
    ({ file, what, reason }) => `${file}: ${what} does not work: ${reason}`,
    'use a strptime pattern such as %d/%m/%Y, or an RE2 regular expression',
  ),
  TOO_MANY_BAD_ROWS: row<{
    table: string;
    bad: number;
    read: number;
    limit: number;
    file: string;
    row: number;
    column: string;
    value: string;
    reason: string;
  }>(
    422,
    'so many rows of a table are wrong that the mapping or the file must be',
    ({ table, bad, read, limit, file, row, column, value, reason }) =>
      `${table}: ${bad} of ${read} rows are wrong, more than the limit of ${limit * 100} %; first ${file} row ${row}, column ${column}, value ${value}: ${reason}`,
    'correct the mapping or the file; `import --dry-run` shows the rows; `limits.quarantineShare` raises the limit',
  ),
  ROWS_UNACCOUNTED: row<{ table: string; read: number; kept: number; repaired: number; quarantined: number }>(
    500,
    'rows were lost or counted twice by an import',
    ({ table, read, kept, repaired, quarantined }) =>
      `${table}: ${read} rows read, but ${kept} kept + ${repaired} repaired + ${quarantined} quarantined`,
    'this is a fault of the product: report it with the message',
  ),
  RECOMMENDER_PARAMS: row<{ name: string; value: string; method: string; expected: string }>(
    400,
    'a recommender is given a parameter that it does not have, or a value that cannot be',
    ({ name, value, method, expected }) => `${name} is ${value} for ${method}; expected ${expected}`,
    'correct --params',
  ),
  RECOMMENDER_TOO_WIDE: row<{ method: string; items: number; most: number }>(
    422,
    'a recommender that keeps a number for each pair of items is given more items than fit into memory',
    ({ method, items, most }) => `${method} holds at most ${most} items, got ${items}`,
    'take sparse-ease, or leave out items that hardly anybody has',
  ),
  INTERACTIONS_VALUES: row<{ file: string; count: number; row: number }>(
    422,
    'rows of a file of interactions have no time, or a weight that is not above zero',
    ({ file, count, row }) =>
      `${file} has ${count} rows without a time or with a weight that is not above 0; the first is row ${row}`,
    'leave those rows out, or leave out --time or --weight',
  ),
  INTERACTIONS_EMPTY: row<{ file: string }>(
    422,
    'a file of interactions has no usable row',
    ({ file }) => `${file} has no row with both a user and an item`,
    'give a file with at least one row',
  ),
  INTERACTIONS_TIMES: row<{ file: string; column: string; least: number; most: number }>(
    422,
    'numbers of a time column of interactions are of several units',
    ({ file, column, least, most }) =>
      `column ${column} of ${file} runs from ${least} to ${most}: days, seconds or milliseconds, but not one of them`,
    'give all times in one unit, or as dates',
  ),
  INTERACTIONS_SPLIT: row<{ file: string; split: string; side: string }>(
    422,
    'a split leaves nothing on one side',
    ({ file, split, side }) => `--split ${split} leaves no row of ${file} ${side}`,
    'cut at another moment, or give --train and --test',
  ),
  INTERACTIONS_FOUND: row<{ rows: number; keepSeen: boolean }>(
    422,
    'nobody of the test part has anything to find',
    ({ rows, keepSeen }) =>
      `none of the ${rows} rows of the test part can be found${keepSeen ? '' : ': their users have had those items before'}`,
    'give other rows to find, or --keep-seen where people buy again',
  ),
  RECOMMENDER_UNKNOWN: row<{ name: string; have: readonly string[] }>(
    400,
    'no recommender has the name that was asked for',
    ({ name, have }) => `no recommender is called ${name}; have ${have.join(', ')}`,
    'take one of the names listed',
  ),
  SEQUENCES_UNORDERED: row<{ file: string; column: string; count: number; row: number }>(
    422,
    'rows of a file of ordered histories have no value in the column that orders them',
    ({ file, column, count, row }) => `${file} has ${count} rows without ${column}; the first is row ${row}`,
    'fill in the time or position of those rows, or leave the rows out',
  ),
  ORDER_LOG_BAD: row<{ file?: string; column: string; what: string }>(
    422,
    'an order log cannot be read as customer, time and amount',
    ({ file, column, what }) => `${file === undefined ? '' : `${file}: `}column ${column} ${what}`,
    'name the right column, or mend the value; times are dates, timestamps, epoch milliseconds or seconds, or 20240630',
  ),
  ORDER_LOG_EMPTY: row<{ relation: string }>(
    422,
    'an order log has no order of a known customer in the period asked for',
    ({ relation }) => `no order of a known customer in ${relation}`,
    'check the file, the customer column and the calibration end',
  ),
  VALUE_DATE_BAD: row<{ text: string }>(
    400,
    'a day is not written as YYYY-MM-DD',
    ({ text }) => `${JSON.stringify(text)} is no day`,
    'write it as YYYY-MM-DD, e.g. 1997-09-30',
  ),
  VALUE_HORIZON_BAD: row<{ horizonDays: string }>(
    400,
    'a horizon is not a whole number of days above zero',
    ({ horizonDays }) => `horizon ${horizonDays} is not a whole number of days above zero`,
    'give whole days, e.g. 273',
  ),
  VALUE_METHOD_UNKNOWN: row<{ method: string; have: readonly string[] }>(
    400,
    'no way to foretell value has the name that was asked for',
    ({ method, have }) => `no method is called ${method}; have ${have.join(', ')}`,
    'take one of these names',
  ),
  REQUEST_INVALID: row<{ what: string; where: string }>(
    400,
    'a request is not as its route describes it',
    ({ what, where }) => `${where}: ${what}`,
    'see /docs for the parameters of the route',
  ),
  ROUTE_UNKNOWN: row<{ method: string; path: string }>(
    404,
    'no route has this address',
    ({ method, path }) => `there is no ${method} ${path}`,
    'see /docs for the routes',
  ),
  METHOD_REFUSED: row<{ method: string; allowed: string }>(
    405,
    'a route is there, but not for this method',
    ({ method, allowed }) => `${method} is not possible here; possible: ${allowed}`,
    'see /docs for the routes',
  ),
  BODY_TOO_LARGE: row<object>(413, 'a request body is over 1 MB', () => 'the body is over 1 MB', 'send less'),
  MEDIA_REFUSED: row<object>(
    415,
    'a request body is not JSON',
    () => 'the body is not JSON',
    'send JSON with content-type: application/json',
  ),
  HOST_REFUSED: row<{ host: string }>(
    403,
    'a request names a host that the server does not answer for, or comes from a page of another site',
    ({ host }) => `this server does not answer for ${host}`,
    'open the address that the server printed, or start it with --host',
  ),
  CUSTOMER_UNKNOWN: row<{ id: string }>(
    404,
    'no customer has this id',
    ({ id }) => `no customer has the id ${JSON.stringify(id)}`,
    'look the id up in the list of customers; ids are compared letter by letter',
  ),
  PRODUCT_UNKNOWN: row<{ id: string }>(
    404,
    'no product has this id',
    ({ id }) => `no product has the id ${JSON.stringify(id)}`,
    'look the id up in the list of products',
  ),
  IMAGE_UNKNOWN: row<{ id: string }>(
    404,
    'a product has no picture in the data folder or workspace',
    ({ id }) => `no picture of the product ${JSON.stringify(id)}`,
    'give image_path in the products file, relative to the data folder, and keep the pictures there',
  ),
  CAMPAIGN_UNKNOWN: row<{ id: string }>(
    404,
    'no campaign has this id',
    ({ id }) => `no campaign has the id ${JSON.stringify(id)}`,
    'look the id up in the list of campaigns',
  ),
  TABLE_UNKNOWN: row<{ table: string; tables: readonly string[] }>(
    404,
    'a table has no rows in quarantine, or is not a table',
    ({ table, tables }) => `nothing of ${JSON.stringify(table)} is in quarantine, only of [${tables.join(', ')}]`,
    'name one of the tables that /api/v1/quality lists',
  ),
  TIER_DATE_UNKNOWN: row<{ date: number | null; dates: readonly number[] }>(
    400,
    'tiers are not known for this date',
    ({ date, dates }) => `no tiers as of ${date ?? 'any date'}; there are [${dates.join(', ')}]`,
    'take one of the dates that /api/v1/tiers lists',
  ),
  MODEL_UNKNOWN: row<{ name: string; have: readonly string[] }>(
    404,
    'the workspace has no such model',
    ({ name, have }) => `no model ${name}; there are [${have.join(', ')}]`,
    'take one of the names that /api/v1/models lists; if it lists none, run the loop',
  ),
  PORT_BUSY: row<{ host: string; port: number }>(
    409,
    'the port of the server is taken',
    ({ host, port }) => `another program listens on ${host}:${port}`,
    'give another --port, or 0 for any free one',
  ),
  KEY_REFUSED: row<object>(
    401,
    'a client of the gorse API does not name the key of this server',
    () => 'the header X-API-Key does not hold the key of this server',
    'send the key that the server was started with (--gorse-key) as X-API-Key',
  ),
  NOT_OFFERED: row<{ what: string; instead: string }>(
    501,
    'an endpoint of the gorse API is asked for that has no counterpart here',
    ({ what, instead }) => `${what} is not offered: ${instead}`,
    'GET /gorse/apidocs lists the endpoints that are',
  ),
  SERVER_BUSY: row<{ waiting: number }>(
    503,
    'too many plans are being made at once',
    ({ waiting }) => `${waiting} plans are waiting already`,
    'try again in some seconds',
  ),
  SERVER_FAILED: row<object>(
    500,
    'a request failed by a fault of the product',
    () => 'the request failed inside the server',
    'try again; if it stays, report it with the line that the server logged',
  ),
  TIER_POLICY_BAD: row<{ place: string; what: string }>(
    422,
    'a tier policy is not of the shape that is expected',
    ({ place, what }) => `tier policy, ${place}: ${what}`,
    'write tiers (key, en, zh, perhaps benefit; lowest first), cuts ({by: share, shares}, {by: money, aboveMinor}, {by: capacity, places} or {by: profit}), hysteresis, dwellDays and perhaps chances; docs/mapping.md shows each',
  ),
  TIER_CUTS_UNSORTED: row<{ cuts: readonly number[] }>(
    422,
    'the money cuts of a tier policy do not rise',
    ({ cuts }) => `tier cuts must rise, got [${cuts.join(', ')}]`,
    'sort them from the lowest tier to the highest, each above the one before, or cut by shares',
  ),
  TIER_CUTS_COUNT: row<{ cuts: readonly number[]; expected: number; tiers: readonly string[] }>(
    422,
    'a tier policy has too few or too many cuts or shares for its tiers',
    ({ cuts, expected, tiers }) => `tiers ${tiers.join(', ')} need ${expected} numbers, got [${cuts.join(', ')}]`,
    'give one share a tier; of money cuts and places one for each tier but the lowest',
  ),
  TIER_SHARES_SUM: row<{ shares: readonly number[] }>(
    422,
    'the shares of a tier policy do not add up to one',
    ({ shares }) => `tier shares [${shares.join(', ')}] add up to ${shares.reduce((a, b) => a + b, 0)}`,
    'write shares of customers that add up to 1, e.g. [0.5, 0.3, 0.15, 0.05]',
  ),
  CONDITION_INVALID: row<{ where: string; got: string; expected?: string }>(
    422,
    'a condition is not a tree of all, any, not and leaves, or is too large',
    ({ where, got, expected }) =>
      `${where} is ${got}; expected ${expected ?? '{ all: [...] }, { any: [...] }, { not: ... } or a leaf such as { field, op, value } or { did, atLeast, within }'}`,
    'write e.g. { "all": [{ "field": "tier", "op": "=", "value": "gold" }] }; at most 32 deep and 500 parts',
  ),
  CONDITION_FIELD_UNKNOWN: row<{ field: string; have: readonly string[] }>(
    422,
    'a condition asks about a field that customers do not have',
    ({ field, have }) => `no field is called ${field}; have ${have.join(', ')}`,
    'take one of the fields listed',
  ),
  CONDITION_VALUE: row<{ field: string; op: string; value: string; expected: string }>(
    422,
    'a condition compares a field with a value that does not fit',
    ({ field, op, value, expected }) => `${field} ${op} ${value} cannot be asked; expected ${expected}`,
    'compare numbers with numbers, texts with texts, and flags with true or false',
  ),
  CONDITION_EVENT_UNKNOWN: row<{ event: string; have: readonly string[] }>(
    422,
    'a condition asks about something that customers are not known to do',
    ({ event, have }) => `nothing that customers do is called ${event}; have ${have.join(', ')}`,
    'take one of those; an event of the lake is written event: and its name, e.g. "event:Checkout Started"',
  ),
  SEGMENT_UNKNOWN: row<{ id: string }>(
    404,
    'there is no such saved segment, or it was deleted',
    ({ id }) => `no segment has the id ${id}`,
    'take an id of GET /api/v1/segments',
  ),
  SEGMENT_CYCLE: row<{ path: readonly string[] }>(
    422,
    'a segment would be made from itself',
    ({ path }) => `segments name each other in a circle: ${path.join(' > ')}`,
    'take one of them out of the condition',
  ),
  SEGMENT_INVALID: row<{ where: string; expected: string }>(
    422,
    'a saved segment or a list is not of the shape that is expected',
    ({ where, expected }) => `${where} is not valid: ${expected}`,
    'correct that part',
  ),
  SEGMENT_CHANGED: row<{ id: string; version: number; now: number }>(
    409,
    'a segment was changed by someone else meanwhile',
    ({ id, version, now }) => `segment ${id} is at version ${now}, the change was made to version ${version}`,
    'read the segment again and repeat the change',
  ),
  SEGMENT_IN_USE: row<{ id: string; by: readonly string[] }>(
    409,
    'a segment or a list is needed by something else',
    ({ id, by }) => `${id} is used by ${by.join(', ')}`,
    'take it out of these first',
  ),
  LIST_UNKNOWN: row<{ id: string }>(
    404,
    'there is no such uploaded list, or it was deleted',
    ({ id }) => `no list has the id ${id}`,
    'take an id of GET /api/v1/segments/lists',
  ),
  UPLIFT_MISSING: row<{ offer: string }>(
    422,
    'a condition asks what an offer would add, and no run has made a table of it',
    ({ offer }) => `there is no state/uplift.parquet that says what offer ${offer} adds`,
    'train uplift models on a past randomised campaign first, or leave that condition out',
  ),
  RECOMMEND_INVALID: row<{ where: string; expected: string }>(
    422,
    'the `recommend` part of a mapping is not of the shape that is expected',
    ({ where, expected }) => `${where} is not valid: ${expected}`,
    'write e.g. recommend: { skipCategories: [FUEL], perCustomer: 12, strategies: { default: balanced } }; see docs/mapping.md',
  ),
  LIFECYCLE_INVALID: row<{ where: string; expected: string }>(
    422,
    'the `lifecycle` part of a mapping is not of the shape that is expected',
    ({ where, expected }) => `${where} is not valid: ${expected}`,
    'write e.g. lifecycle: { atRisk: { silence: 0.2, alive: 0.5 }, lapsed: { silence: 0.05, alive: 0.3 } }; chances from 0 to 1',
  ),
  EXPERIMENT_BAD: row<{ what: string; expected: string }>(
    422,
    'an experiment cannot be analysed as it is asked',
    ({ what, expected }) => `the experiment has ${what}; expected ${expected}`,
    'correct the arms, the columns or the options; see `tierwise experiment --help`',
  ),
  ALLOCATION_BAD: row<{ what: string; expected: string }>(
    422,
    'offers cannot be allocated from the table of effects or under the bounds that were given',
    ({ what, expected }) => `the allocation has ${what}; expected ${expected}`,
    'correct the table, the limits or the bounds',
  ),
  PACKAGE_MISSING: row<{ name: string; need: string; reason: string }>(
    422,
    'a package that something needs is not installed or does not load here',
    ({ name, need, reason }) => `${need} needs the package ${name}, which does not load (${reason})`,
    'run `npm ci`; where the package has no build for this machine, choose another way (Chinese words: cutter icu)',
  ),
  IMAGE_UNREADABLE: row<{ name: string; reason: string }>(
    422,
    'a picture is empty, broken or of a format that is not read',
    ({ name, reason }) => `${name} is no picture that can be read: ${reason}`,
    'give a JPEG, PNG or WebP file, or leave the picture out: the product is then known by its text and attributes',
  ),
  IMAGE_TOO_LARGE: row<{ name: string; width: number; height: number; pixelsMax: number }>(
    422,
    'a picture has more pixels than are read',
    ({ name, width, height, pixelsMax }) =>
      `${name} has ${width} x ${height} pixels; at most ${pixelsMax} are read, and 64 x 64 are looked at`,
    'make it smaller: vectors need no more than some hundred pixels a side',
  ),
  ENCODER_WRONG: row<{ file: string; reason: string }>(
    422,
    'an ONNX encoder of texts or pictures cannot be used',
    ({ file, reason }) => `${file} cannot be used as an encoder: ${reason}`,
    'export a model with one float input [n, 3, height, width] for pictures, or with input_ids and attention_mask (and its vocab.txt) for texts',
  ),
  VECTORS_DIFFER: row<{ what: string; expected: number; came: number }>(
    422,
    'vectors that belong together differ in count or width',
    ({ what, expected, came }) => `${what}: expected ${expected}, came ${came}`,
    'give each source one vector an item, of one width; an item without one has zeros',
  ),
  JOURNEY_INVALID: row<{ node: string | null; what: string; more: number }>(
    422,
    'a journey is to be started with a node that does not make sense',
    ({ node, what, more }) =>
      `${node === null ? 'the journey' : `node ${node}`}: ${what}${more > 0 ? ` (and ${more} more)` : ''}`,
    'correct that node of the journey',
  ),
  JOURNEY_UNKNOWN: row<{ id: string }>(
    404,
    'no journey has this id',
    ({ id }) => `no journey has the id ${JSON.stringify(id.slice(0, 100))}`,
    'look the id up in the list of journeys',
  ),
  JOURNEY_STATE: row<{ id: string; what: string }>(
    409,
    'a journey is asked for what its state does not allow',
    ({ id, what }) => `journey ${id}: ${what}`,
    'look at the state of the journey, and do what leads there first',
  ),
  JOURNEY_CHANGED: row<{ id: string; came: number; now: number }>(
    409,
    'somebody else changed the journey in the meantime',
    ({ id, came, now }) => `the change was made to revision ${came} of journey ${id}, which is at ${now} now`,
    'read the journey again, and make the change to what it is now',
  ),
  MESSAGE_INVALID: row<{ where: string; expected: string }>(
    422,
    'a message does not say what it should',
    ({ where, expected }) => `${where} of the message is not valid: ${expected}`,
    'correct that part of the message',
  ),
  DELIVERY_SETTINGS_INVALID: row<{ where: string; expected: string }>(
    422,
    'a setting of delivery does not make sense',
    ({ where, expected }) => `${where} is not valid: ${expected}`,
    'correct that setting',
  ),
  DELIVERY_SETTINGS_CHANGED: row<{ came: number; now: number }>(
    409,
    'settings of delivery were changed by somebody else meanwhile',
    ({ came, now }) => `the change was made to version ${came}, but version ${now} is in force`,
    'read the settings again and make the change to them',
  ),
  CHANNEL_UNKNOWN: row<{ channel: string; have: readonly string[] }>(
    404,
    'no channel of this name is set up',
    ({ channel, have }) => `no channel is called ${channel}; have ${have.join(', ') || 'none'}`,
    'take one of these, or set the channel up in the settings of delivery',
  ),
  CHANNEL_FAILED: row<{ channel: string; said: string }>(
    422,
    'a channel does not take a message that is sent to try it out',
    ({ channel, said }) => `${channel} did not take the message: ${said}`,
    'correct the settings of the channel, or ask whoever runs the gateway',
  ),
  AUDIENCE_TOO_SMALL: row<{ people: number; least: number }>(
    422,
    'so few people would be exported that single ones could be told',
    ({ people, least }) => `${people} people may be exported; at least ${least} are needed`,
    'export a larger audience',
  ),
  CAMPAIGN_INVALID: row<{ where: string; expected: string }>(
    422,
    'an offer, a limit, a budget or a share of a campaign does not make sense',
    ({ where, expected }) => `${where} is not valid: ${expected}`,
    'correct that part of the campaign; money is in whole minor units',
  ),
  POLICY_BAD: row<{ what: string; expected: string }>(
    422,
    'a policy is started, asked or taught with something that cannot be',
    ({ what, expected }) => `the policy has ${what}; expected ${expected}`,
    'correct the arms, the parameters or the row; nothing was learned',
  ),
  DECISION_LOG_BAD: row<{ what: string; expected: string }>(
    422,
    'a log of decisions cannot be used to judge a policy',
    ({ what, expected }) => `the log has ${what}; expected ${expected}`,
    'log with each decision the arm, its chance at that moment (above 0 to 1) and the reward; see `tierwise policy evaluate --help`',
  ),
  UPLIFT_BAD: row<{ what: string; expected: string }>(
    422,
    'effects cannot be learned from the table as it is asked',
    ({ what, expected }) => `uplift has ${what}; expected ${expected}`,
    'correct the arms, the columns or the options; see `tierwise uplift --help`',
  ),
  CAMPAIGN_STATE: row<{ id: string; status: string; action: string; can: readonly string[] }>(
    409,
    'a campaign is asked for what its state does not allow',
    ({ id, status, action, can }) =>
      `campaign ${id} is ${status}: ${action} is not possible now; possible: ${can.length === 0 ? 'nothing more' : can.join(', ')}`,
    'look at the state of the campaign, and do what leads there first',
  ),
  CAMPAIGN_CHANGED: row<{ id: string; seen: number; version: number }>(
    409,
    'somebody else changed the campaign in the meantime',
    ({ id, seen, version }) => `campaign ${id} is at version ${version}, and version ${seen} was acted on`,
    'read the campaign again, and act on what it is now',
  ),
  CAMPAIGN_OWN_APPROVAL: row<{ id: string; actor: string; authors: readonly string[] }>(
    403,
    'an author approves their own campaign',
    ({ id, actor, authors }) =>
      `${JSON.stringify(actor)} may not approve campaign ${id}, which ${authors.join(', ')} wrote or submitted`,
    'ask somebody else to approve it',
  ),
  CAMPAIGN_BUDGET_SHORT: row<{ id: string; askedMinor: number; freeMinor: number; budget: string }>(
    409,
    'the budget that pays for a campaign has not got so much left',
    ({ id, askedMinor, freeMinor, budget }) =>
      `campaign ${id} asks for ${askedMinor}, and budget ${budget} has ${freeMinor} free (minor units)`,
    'lower the budget of the campaign, or put more into the one that pays',
  ),
  CAMPAIGN_NO_DELIVERY: row<{ what: string }>(
    501,
    'something is to be sent and no way to send it is set up',
    ({ what }) => `${what} cannot be sent: no channel is set up`,
    'set up a channel first',
  ),
  MONEY_INVALID: row<{ what: string; came: string; least: number }>(
    422,
    'an amount of money is not whole, below what it may be, or too large to be counted exactly',
    ({ what, came, least }) => `${what} is ${came}; expected whole minor units from ${least} to 2^53 - 1`,
    'send whole minor units (cents, fen)',
  ),
  OFFER_UNKNOWN: row<{ id: string; version?: number }>(
    404,
    'no offer has this id, or not this version',
    ({ id, version }) =>
      `no offer has the id ${JSON.stringify(id)}${version === undefined ? '' : ` and version ${version}`}`,
    'take one of the ids that /api/v1/offers lists',
  ),
  POOL_UNKNOWN: row<{ id: string }>(
    404,
    'no coupon pool has this id',
    ({ id }) => `no coupon pool has the id ${JSON.stringify(id)}`,
    'take one of the ids that /api/v1/coupon-pools lists',
  ),
  POOL_INVALID: row<{ where: string; expected: string }>(
    422,
    'a coupon pool, its codes or its limits do not make sense',
    ({ where, expected }) => `${where} is not valid: ${expected}`,
    'correct that part of the pool; codes are 3 to 40 letters, digits, - and _, each once in the workspace',
  ),
  BUDGET_UNKNOWN: row<{ id: string }>(
    404,
    'no budget has this id',
    ({ id }) => `no budget has the id ${JSON.stringify(id)}`,
    'take one of the ids that /api/v1/budgets lists',
  ),
  HOLD_UNKNOWN: row<{ id: number }>(
    404,
    'no hold on a budget has this id',
    ({ id }) => `no hold has the id ${id}`,
    'take the id that the hold was answered with',
  ),
  LEDGER_INVALID: row<{ where: string; expected: string }>(
    422,
    'a call to the ledger is not of the shape that is expected',
    ({ where, expected }) => `${where} is not valid: ${expected}`,
    'correct that part of the call',
  ),
  LEDGER_EXISTS: row<{ what: string; id: string }>(
    409,
    'a budget or a coupon pool is to be made anew under the id of another one',
    ({ what, id }) => `there is a ${what} ${JSON.stringify(id)} with other terms`,
    'take another id; money is added to a budget by a top-up',
  ),
  LEDGER_KEY_REUSED: row<{ call: string }>(
    422,
    'an idempotency key comes again with another request',
    ({ call }) => `the idempotency key of this ${call} was used for another request`,
    'send each request with a key of its own, and the same key only to repeat the very same request',
  ),
  LEDGER_BUSY: row<{ seconds: number }>(
    503,
    'other processes kept the ledger of money and coupons busy for too long',
    ({ seconds }) => `the ledger was busy for ${seconds} seconds; nothing was done`,
    'send the same request again, with the same idempotency key',
  ),
  LEDGER_FORGOTTEN: row<{ call: string }>(
    410,
    'the answer to an idempotency key was erased together with its customer',
    ({ call }) => `the ${call} of this idempotency key was done for a customer who was erased since`,
    'do not repeat it',
  ),
  EXPERIMENT_UNKNOWN: row<{ id: string }>(
    404,
    'there is no experiment of this id',
    ({ id }) => `there is no experiment ${id}`,
    'take an id from GET /api/v1/experiments',
  ),
  EXPERIMENT_STATE: row<{ id: string; status: string; action: string; from: string }>(
    409,
    'the status of an experiment does not allow what is asked',
    ({ id, status, action, from }) => `experiment ${id} is ${status} and cannot be ${action}; that takes ${from}`,
    'look at its status; a draft is edited and started, a running one stopped, both may be decided',
  ),
  EXPERIMENT_CHANGED: row<{ id: string; saw: number; now: number }>(
    409,
    'somebody else changed the experiment or holdout first',
    ({ id, saw, now }) => `${id} is at revision ${now}; the change was made for ${saw}`,
    'read it again, look at what changed, and ask anew with its revision',
  ),
} as const;

export type ErrorCode = keyof typeof ERRORS;
type DataOf<Code extends ErrorCode> = Parameters<(typeof ERRORS)[Code]['say']>[0];

/** An error raised on purpose: its code, HTTP status and way out travel with it. */
export class KnownError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly fix: string;
  readonly data: unknown;

  constructor(code: ErrorCode, message: string, data: unknown, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'KnownError';
    this.code = code;
    this.status = ERRORS[code].status;
    this.fix = ERRORS[code].fix;
    this.data = data;
  }

  /** 2 when the user can mend it, 1 when it is a fault of the product or machine. */
  get exitCode(): 1 | 2 {
    return this.status < 500 || this.status === 507 ? 2 : 1;
  }
}

/** The same error, told with the place it is about, e.g. `tierwise.yaml:12`; errors that are not known stay as they are. */
export const placed = (place: string, error: unknown): unknown =>
  error instanceof KnownError
    ? new KnownError(error.code, `${place}: ${error.message}`, error.data, error.cause ?? error)
    : error;

/**
 * Makes the error of `code`; `throw known('USAGE', {...})`.
 *
 * @param code a key of ERRORS
 * @param data what came, for the message
 * @param cause the error underneath, if any
 */
export function known<Code extends ErrorCode>(code: Code, data: DataOf<Code>, cause?: unknown): KnownError {
  const say = ERRORS[code].say as (data: DataOf<Code>) => string;
  return new KnownError(code, say(data), data, cause);
}
