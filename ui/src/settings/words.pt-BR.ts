/** Every word of settings, in Brazilian Portuguese. */

import type { Words } from './words.en';

export const words: Words = {
  title: 'Configurações',
  loading: 'Carregando configurações',
  failed: 'Não foi possível carregar as configurações',
  look: {
    title: 'Este navegador',
    language: 'Idioma',
    scheme: 'Cores',
    schemes: { auto: 'Como o sistema', light: 'Claras', dark: 'Escuras' },
  },
  place: {
    title: 'Este Sojourn',
    versions: {
      sojourn: 'Sojourn',
      python: 'Python',
      lakehouse: 'Lakehouse',
      temporal_sdk: 'SDK do Temporal',
      database: 'Banco da aplicação',
    },
    ledger: 'Esquema do registro',
    zone: 'Fuso horário',
    noZone: 'desconhecido: o modelo de fontes não pode ser lido',
    temporal: 'Temporal',
    temporalOpen: 'Abrir as páginas do Temporal',
  },
  keys: {
    title: 'Chaves dos segredos',
    source: {
      file: 'Em um arquivo',
      environment: 'No ambiente',
      none: 'Nenhuma chave ainda: o primeiro segredo cria uma',
    },
    count: (count) => (count === 1 ? '1 chave' : `${count} chaves`),
    sealed: (count) => (count === 1 ? '1 segredo está cifrado' : `${count} segredos estão cifrados`),
    none: 'Nenhum segredo está cifrado',
    older: (count) =>
      `${count === 1 ? '1 está cifrado' : `${count} estão cifrados`} com uma chave mais antiga. \`sojourn secrets rotate\` cifra de novo.`,
    unreadable: (count) =>
      `${count === 1 ? '1 segredo não pode' : `${count} segredos não podem`} ser abertos por nenhuma chave. Informe-os de novo, ou traga a chave de volta.`,
    good: 'Todos podem ser abertos.',
  },
  audits: {
    title: 'Última auditoria de cada registro',
    text: 'Toda noite as linhas de cada jornada ativa são confrontadas com o que tem de ser verdade sobre elas.',
    none: 'Nenhuma auditoria ainda: a primeira é esta noite, para as jornadas que estiverem ativas. `sojourn verify` pergunta na hora.',
    clean: 'Nada de errado',
    violations: (count) => (count === 1 ? '1 regra violada' : `${count} regras violadas`),
    broken: (text, count) => `${text}: ${count} vezes`,
  },
  variables: {
    title: 'Variáveis',
    text: 'Definidas no ambiente ou em `.env`; valem desde que o Sojourn foi iniciado.',
    name: 'Variável',
    value: 'Valor',
    source: 'De',
    sources: { default: 'Padrão', environment: 'Ambiente', file: '.env' },
    empty: 'vazio',
  },
};
