/** Reads a shop's files by a mapping; `--dry-run` shows what would happen and writes nothing. */
import { dirname } from 'node:path';
import type { Compute } from '#engines/index.ts';
import { type ImportProgress, type ImportReport, importShop, readMapping } from '#events/index.ts';
import type { Command } from '../command.ts';
import { text, withCompute, withWorkspace } from '../values.ts';

export const importCommand: Command = {
  name: 'import',
  about: "read a shop's files by a mapping into the workspace's lake",
  options: {
    workspace: { type: 'text', value: 'DIR', about: 'where the lake is kept', required: true },
    map: { type: 'text', value: 'FILE', about: 'the mapping (docs/mapping.md)', required: true },
    data: { type: 'text', value: 'DIR', about: 'folder of the files (default: that of the mapping)' },
    'dry-run': { type: 'flag', about: 'show mapping, counts, rejects and sample rows; write nothing' },
  },
  run: (values, _words, context) => {
    const map = text(values, 'map');
    const mapping = readMapping(map);
    const dataDir = values.data === undefined ? dirname(map) : text(values, 'data');
    const onProgress = ({ rows, total }: ImportProgress): void => context.progress.step(rows, total, 'rows');
    context.progress.stage('import');
    if (values['dry-run'] === true)
      return withCompute(values, context, (compute) =>
        importShop(compute, mapping, dataDir, {
          now: context.now,
          lakeDir: '',
          quarantineDir: '',
          dryRun: true,
          onProgress,
        }),
      );
    return withWorkspace(text(values, 'workspace'), (workspace) => {
      const intoLake = async (compute: Compute): Promise<ImportReport> => {
        const stage = workspace.stage();
        try {
          const report = await importShop(compute, mapping, dataDir, {
            now: context.now,
            lakeDir: stage.path('lake'),
            quarantineDir: stage.path('quarantine'),
            scratchDir: workspace.scratch(),
            onProgress,
          });
          stage.commit();
          return report;
        } catch (error) {
          stage.discard();
          throw error;
        }
      };
      return withCompute(values, context, intoLake, workspace);
    });
  },
  show: (report: ImportReport) => shown(report),
};

function shown(report: ImportReport): string {
  const lines = [
    `${report.rows.read} rows read = ${report.rows.kept} kept + ${report.rows.repaired} repaired + ${report.rows.quarantined} quarantined`,
    '',
  ];
  for (const { name, read, kept, repaired, quarantined, rules } of report.tables) {
    if (read === 0) continue;
    lines.push(
      `${name.padEnd(14)} ${String(read).padStart(9)} read  ${String(kept).padStart(9)} kept  ${String(repaired).padStart(7)} repaired  ${String(quarantined).padStart(7)} quarantined`,
    );
    for (const rule of rules) lines.push(`    ${rule.action.padEnd(11)} ${String(rule.count).padStart(8)}  ${rule.en}`);
  }
  return lines.join('\n');
}
