/** Every word of runs, in Brazilian Portuguese. */

import type { Words } from './words.en';

export const words: Words = {
  title: 'Execuções',
  loading: 'Carregando execuções',
  failed: 'Não foi possível carregar as execuções',
  empty: 'Nada foi executado ainda',
  emptyText: 'Uma jornada é executada desde que é iniciada até ser encerrada ou todos terem passado.',
  toJourneys: 'Ver todas as jornadas',
  summary: (count, running) =>
    `${count === 1 ? '1 execução' : `${count} execuções`}${running > 0 ? `, ${running} em andamento` : ''}`,
  columns: {
    journey: 'Jornada',
    status: 'Situação',
    inside: 'Dentro agora',
    entered: 'Entraram',
    sent: 'Enviadas',
    next: 'Próxima onda',
    started: 'Início',
    temporal: 'Temporal',
  },
  version: (version) => `Versão ${version}`,
  wave: (wave) => `onda ${wave}`,
  ended: 'terminou',
  deleted: 'A jornada foi excluída',
  open: 'Abrir',
  openOf: (name) => `Abrir a execução de ${name} no Temporal`,
  none: '–',
};
