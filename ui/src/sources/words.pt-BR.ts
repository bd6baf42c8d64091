/** Every word of data sources, in Brazilian Portuguese. */

import type { Words } from './words.en';

export const words: Words = {
  title: 'Fontes de dados',
  loading: 'Consultando o lakehouse',
  failed: 'Não foi possível consultar as fontes de dados',
  empty: 'Ainda não há tabelas',
  emptyText:
    'O Sojourn lê o que existe de um modelo de fontes: qual tabela tem os clientes, e o que se junta a eles.',
  emptyFile: 'O arquivo dele:',
  summary: (tables, troubled) =>
    `${tables === 1 ? '1 tabela' : `${tables} tabelas`}${
      troubled > 0 ? `, ${troubled} com algo a corrigir` : ''
    }`,
  from: 'De',
  zone: 'Dias e horários em',
  checked: 'Consultado',
  again: 'Consultar de novo',
  model: 'O modelo de fontes',
  role: { customers: 'Clientes', related: 'O que fizeram', consent: 'Consentimento' },
  related: { one: 'Mais sobre eles', many: 'O que fizeram' },
  view: 'Visão',
  scores: 'Propensões',
  rows: (count, said) => `${said} ${count === 1 ? 'linha' : 'linhas'}`,
  unknownRows: 'Não pode ser lida',
  newest: 'a mais nova',
  noNewest: 'ainda sem linhas',
  join: {
    customers: (key) => `uma linha por cliente, por ${key}`,
    one: (key) => `junta-se aos clientes por ${key}, no máximo uma linha cada`,
    many: (key) => `junta-se aos clientes por ${key}, qualquer número de linhas cada`,
  },
  columns: (count) => (count === 1 ? '1 coluna' : `${count} colunas`),
  column: { name: 'Coluna', type: 'Tipo', uses: 'Usada como', comment: 'Sobre ela' },
  use: {
    key: 'chave',
    hidden: 'pessoal',
    time_zone: 'fuso horário',
    country: 'país',
    happened_at: 'quando aconteceu',
    score: 'propensão',
    purpose: 'finalidade',
    granted: 'concedido',
  },
  contact: (kind) => `contato: ${kind}`,
  personal: 'Pessoal: não é mostrada a quem não pedir por ela.',
};
