/** Words that tell what a value near them is. */
import { type Cue, cue } from '../cue-index.ts';

export const CARD = cue({
  pattern: /\b(?:cards?|credit|debit|visa|mastercard|amex|american express|maestro|discover|diners|pan|cc)\b/i,
  beginnings: 'card cred debi visa mast amex amer maes disc dine pan. cc..',
  bit: 1,
});

/** `_` bounds a word here, for names such as `user_ssn`. */
export const SSN = cue({
  pattern:
    /(?<![a-z])(?:ssns?|ss ?#|soc(?:ial)?[ _-]?sec(?:urity)?|tax(?:payer)?[ _-]?id(?:entification)?|itin)(?![a-z])/i,
  beginnings: 'ssn. ssns ss.. soc. soci socs tax. taxp taxi itin',
  bit: 2,
});

export const COORDINATES = cue({
  pattern:
    /(?<![a-z])(?:coord(?:inate)?s?|lat(?:itude)?|lon(?:gitude)?|lng|gps|geo(?:location)?|location|position|maps?|pin|waypoint|standort|ubicaci[o\u00f3]n)(?![a-z])/i,
  beginnings: 'coor lat. lati lon. long lng. gps. geo. geol loca posi map. maps pin. wayp stan ubic',
  bit: 4,
});

export const VIN = cue({
  pattern: /(?<![a-z])(?:vins?|vehicle ident\w{0,12}|chassis|fahrgestell\w{0,8})(?![a-z])/i,
  beginnings: 'vin. vins vehi chas fahr',
  bit: 8,
});

/** `_` and a change of case bound a word here and in the next two, for names such as `passport_no` and `passportNo`. */
export const PASSPORT = cue({
  pattern:
    /(?<![a-z])(?:passports?|travel documents?|passeports?|(?:reise)?pass(?:nummer|-?nr)|reisepass|pasaportes?|passaportos?|passaporti?|paspoort|paszport\w{0,2}|pasaport\w{0,3})(?![a-z])|(?<![A-Za-z])[pP]assport(?=N|I)|\uc5ec\uad8c|\u62a4\u7167|\u30d1\u30b9\u30dd\u30fc\u30c8|\u043f\u0430\u0441\u043f\u043e\u0440\u0442/i,
  beginnings: 'pass trav reis pasa pasp pasz \uc5ec \u62a4 \u30d1 \u043f \u041f',
  bit: 16,
});

export const DRIVER_LICENSE = cue({
  pattern:
    /(?<![a-z])(?:driv(?:er'?\u2019?s?|ers'|ing)[ _-]{0,2}(?:licen[cs]e|permit)s?|licen[cs]es?|dl|d\.l\.|f\u00fchrerschein\w{0,8}|permis de conduire|permiso de conducir|licencia(?: de conducir)?|patente(?: di guida)?|rijbewijs)(?![a-z])|[dD]river'?s?_?[lL]icen[cs]e|\uba74\ud5c8/i,
  beginnings: 'driv lice dl.. d/l. f... perm pate rijb \uba74',
  bit: 32,
});

export const BANK_ACCOUNT = cue({
  pattern:
    /(?<![a-z])(?:(?:bank|checking|savings?|deposit|giro|current)[ _-]{0,2}(?:account|acct)|(?:account|acct|a\/c|acc)[ _.-]{0,2}(?:numbers?|no\.?|nr\.?|num|#)|acct\.?|to account|account ?#|bankkonto|konto(?:nummer|-?nr)?|kontonr|cuenta(?: bancaria| corriente)?|compte bancaire|num[e\u00e9]ro de compte|conto corrente|rekening(?:nummer)?)(?![a-z])|(?<![a-z])(?:bank)?[aA](?:ccount|cct)(?:Number|No|Num|Nr)(?![a-z])/i,
  beginnings: 'bank chec savi depo giro curr acco acct acc. accn a/c. a/cn to.. kont cuen comp num. nume cont reke',
  bit: 64,
});

export const PHONE = cue({
  pattern:
    /(?<![a-z])(?:(?:tele)?phones?|telefon\w{0,8}|tel[e\u00e9]fonos?|t[e\u00e9]l[e\u00e9]phone|tel(?:efoon)?|mobiles?|cell(?:ular)?s?|fax|call(?:ed|s|ing)?|sms|whatsapp|viber|hotline|landline|handy(?:nummer)?|rufnummer|m[o\u00f3]vil|celular|telepono)(?![a-z])/i,
  beginnings: 'phon tele tel. t... mobi cell fax. call sms. what vibe hotl land hand rufn movi m... celu',
  bit: 128,
});

/** Words that have other uses beside that of a telephone's. */
export const WEAK_PHONE = cue({
  pattern:
    /(?<![a-z])(?:text(?:ed)?|signal|contact|reach(?:ed|able)?|dial(?:led)?|ring|desk|office|answering|messages?|portable|num[e\u00e9]ro|extension)(?![a-z])/i,
  beginnings: 'text sign cont reac dial ring desk offi answ mess port nume num. exte',
  bit: 256,
});

/** The number is an order's, a part's, a date's and so on; right before it. */
export const OTHERWISE = cue({
  pattern:
    /(?<![a-z])(?:isbn|issn|imei|ean|upc|order|invoice|ticket|case|sku|part|tracking|version|build|account|acct|iban|routing|passport|licen[cs]e|ssn|id|vin|serial|room|epoch|timestamp|date|zip|postcode|scale)s?(?: (?:number|no\.?|nr\.?))?[ :#=.-]{0,3}$/i,
  beginnings:
    'isbn issn imei ean. eans upc. upcs orde invo tick case sku. skus part trac vers buil acco acct iban rout pass lice ssn. ssns id.. ids. vin. vins seri room epoc time date zip. zips post scal',
  bit: 512,
});

/** "number", right before it. */
export const NUMBER_IS = cue({
  pattern: /(?<![a-z])(?:number|no\.?|nummer|n[u\u00fa]mero)(?: is|:| =)? $/i,
  beginnings: 'numb no.. numm nume n...',
  bit: 1_024,
});

/** Four numbers are a version, not an address, right after it. */
export const VERSION = cue({
  pattern: /(?:\bversions?|\bver\.?|\brelease|\bv)[\s:=]{0,3}$/i,
  beginnings: 'vers ver. rele v...',
  bit: 2_048,
});

export const VALUE_CUES: readonly Cue[] = [
  CARD,
  SSN,
  COORDINATES,
  VIN,
  PASSPORT,
  DRIVER_LICENSE,
  BANK_ACCOUNT,
  PHONE,
  WEAK_PHONE,
  OTHERWISE,
  NUMBER_IS,
  VERSION,
];
