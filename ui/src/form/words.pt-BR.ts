/** Every word the forms say, in Brazilian Portuguese. */

import type { Words } from './words.en';

const NAME = '^[a-z][a-z0-9_]{0,39}$';
const NAME_RULE = 'Letras minúsculas, dígitos e sublinhados, começando por uma letra, até 40.';

export const words: Words = {
  loading: 'Carregando o formulário',
  failed: 'Não foi possível carregar o formulário.',
  retry: 'Tentar de novo',
  unknownType: (type) => `Este servidor não conhece etapas do tipo “${type}”.`,
  unknownTypeFix: 'Remova a etapa, ou instale a extensão que a traz.',
  name: 'Nome',
  optional: 'opcional',
  choose: 'Escolha…',
  none: 'Nenhum',
  yes: 'Sim',
  no: 'Não',
  value: {
    tls: 'TLS',
    starttls: 'STARTTLS',
    none: 'Nenhum',
    monday: 'Seg',
    tuesday: 'Ter',
    wednesday: 'Qua',
    thursday: 'Qui',
    friday: 'Sex',
    saturday: 'Sáb',
    sunday: 'Dom',
    finish: 'Terminam o caminho',
    leave: 'Saem',
    high: 'Alta',
    normal: 'Normal',
    low: 'Baixa',
    minute: 'Minuto',
    hour: 'Hora',
    day: 'Dia',
  },
  column: {
    text: 'texto',
    number: 'número',
    boolean: 'sim ou não',
    date: 'data',
    timestamp: 'data e hora',
    other: '',
  },
  list: {
    add: (item) => `Adicionar ${item}`,
    item: 'item',
    remove: (item) => `Remover ${item}`,
    up: (item) => `Mover ${item} para cima`,
    down: (item) => `Mover ${item} para baixo`,
    empty: 'Ainda não há nada aqui.',
    numbered: (item, index) => `${item} ${index}`,
  },
  json: { hint: 'Em JSON', broken: 'Ainda não é um JSON válido; fica guardado aqui até ser.' },
  with: 'Adicionar',
  without: 'Retirar',
  moment: (zone) => `Pelo seu relógio: ${zone}`,
  duration: {
    unit: 'Unidade',
    units: { minute: 'minutos', hour: 'horas', day: 'dias', week: 'semanas' },
  },
  weights: {
    label: 'Nome da variante',
    percent: 'Porcentagem',
    add: 'Adicionar variante',
    equal: 'Dividir igualmente',
    arm: (index) => `Variante ${index}`,
    sum: (sum) => `Total: ${sum}%`,
    left: (rest) => `faltam ${rest}%.`,
    over: (rest) => `${rest}% a mais.`,
  },
  channel: {
    none: 'Nenhum canal deste tipo está instalado.',
    gone: (name) => `${name} (não instalado)`,
  },
  connection: {
    none: 'Ainda não há conexão para este canal.',
    make: 'Criar uma',
    gone: (name) => `${name} (não é deste canal)`,
    first: 'Escolha primeiro um canal.',
  },
  secret: {
    hint: 'Fica cifrado, ou é lido de onde `env:NOME` ou `file:CAMINHO` disser.',
    set: 'Definido, e nunca mostrado',
    clearing: 'Será apagado ao salvar',
    replace: 'Substituir',
    replaceOf: (title) => `Substituir ${title}`,
    clear: 'Apagar',
    clearOf: (title) => `Apagar ${title}`,
    keep: 'Manter o atual',
    keepOf: (title) => `Manter o atual em ${title}`,
  },
  liquid: {
    insert: 'Inserir campo',
    search: 'Buscar campos',
    links: 'Links',
    unsubscribe: 'Cancelar inscrição',
    preferences: 'Escolher o que receber',
    of: (count) => (count === 1 ? '1 campo encontrado' : `${count} campos encontrados`),
  },
  code: {
    mjml: 'Isto é MJML: vira HTML para todos os programas de e-mail quando a jornada é publicada.',
    html: 'Texto simples, HTML, ou MJML quando começa com `<mjml>`.',
    plain: 'Texto simples: uma linha em branco começa um parágrafo.',
    layout: 'Começar com um layout',
    heading: 'Um título',
    text: 'Olá, do que se trata.',
    button: 'Ver agora',
    goTo: (line) => `Ir para a linha ${line}`,
  },
  test: {
    title: 'Envio de teste',
    to: 'Para',
    hint: 'Para um endereço seu; só este navegador o lembra. Ninguém da jornada recebe nada.',
    send: 'Enviar um teste',
    connection: 'Escolha antes uma conexão.',
    waits: 'O teste espera até a mensagem estar em ordem.',
    for: (member) => `Como o cliente ${member} a recebe.`,
  },
  picker: { search: 'Buscar', nothing: 'Nada com esse nome.' },
  choices: {
    search: 'Buscar pelo nome',
    choose: 'Escolher da conta',
    failed: 'Não foi possível consultar a conta. Dá para digitar.',
  },
  rule: {
    edit: 'Editar',
    open: 'Ampliar',
    done: 'Concluir',
    everybody: 'Todos',
  },
  preview: {
    title: 'Prévia',
    loading: 'Preenchendo a mensagem…',
    width: 'Largura',
    desktop: 'Computador',
    phone: 'Celular',
    message: 'Mensagem',
    text: 'Texto simples',
    who: 'ID do cliente',
    show: 'Mostrar este cliente',
    another: 'Outro cliente',
    for: (member) => `Como o cliente ${member} recebe`,
    empty: 'Vazios para este cliente',
    frame: 'A mensagem como ela aparece',
    broken: 'A prévia aparece quando a mensagem estiver em ordem.',
  },
  problem: {
    missing: () => 'Preencha este campo.',
    string_too_short: () => 'Está vazio: escreva algo.',
    too_short: ({ minItems = 1 }) =>
      minItems === 1 ? 'É preciso pelo menos um.' : `São precisos pelo menos ${minItems}.`,
    too_long: ({ maxItems }) => (maxItems ? `No máximo ${maxItems}.` : 'Longo demais.'),
    string_too_long: ({ maxLength }) =>
      maxLength ? `Longo demais: no máximo ${maxLength} letras.` : 'Longo demais.',
    greater_than_equal: ({ minimum }) =>
      minimum === undefined ? 'Pequeno demais.' : `Deve ser no mínimo ${comma(minimum)}.`,
    less_than_equal: ({ maximum }) =>
      maximum === undefined ? 'Grande demais.' : `Deve ser no máximo ${comma(maximum)}.`,
    greater_than: ({ exclusiveMinimum = 0 }) => `Deve ser maior que ${comma(exclusiveMinimum)}.`,
    less_than: ({ exclusiveMaximum }) =>
      exclusiveMaximum === undefined ? 'Grande demais.' : `Deve ser menor que ${comma(exclusiveMaximum)}.`,
    multiple_of: ({ multipleOf }) =>
      multipleOf === undefined || multipleOf === 0.01
        ? 'No máximo duas casas decimais.'
        : `Em passos de ${comma(multipleOf)}.`,
    int_parsing: () => 'Escreva um número inteiro.',
    int_type: () => 'Escreva um número inteiro.',
    int_from_float: () => 'Escreva um número inteiro.',
    time_delta_parsing: () => 'Escreva uma duração.',
    date_from_datetime_parsing: () => 'Escolha um dia.',
    date_parsing: () => 'Escolha um dia.',
    time_parsing: () => 'Escolha um horário.',
    datetime_from_date_parsing: () => 'Escolha um dia e um horário.',
    float_type: () => 'Escreva um número.',
    float_parsing: () => 'Escreva um número.',
    string_type: () => 'Escreva algo.',
    extra_forbidden: () => 'Esta configuração não existe aqui: remova-a.',
    string_pattern_mismatch: ({ pattern }) =>
      pattern === '^\\d+$'
        ? 'Só dígitos.'
        : pattern === NAME
          ? NAME_RULE
          : `Deve ter a forma ${pattern ?? ''}`.trim(),
  },
};

function comma(value: number): string {
  return String(value).replace('.', ',');
}
