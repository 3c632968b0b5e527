/**
 * What attacks are about, in some twenty-five languages: the same few things are said everywhere, so what is learned from English
 * texts holds for the others too.
 *
 * A word is the beginning of a word as written in running text, lower case; with `$` it is the whole word. Words that belong together are joined by `_`. In scripts without blanks
 * between words (Chinese, Japanese, Thai) it counts wherever it stands.
 */
export const CONCEPT_WORDS = {
  /** Not to follow what was said. */
  drop:
    'ignore$ ignoring$ ignorier ignorez$ ignora$ ignorar ignorá ignori$ disregard$ disregarding$ forget$ forgot$ forgetting neglect overrid bypass discard overlook vergiss vergess missacht außer_acht ' +
    'oubli néglige olvid olvíd desatiend descart dimentic trascur esqueç esquec desconsider negeer vergeet zignoruj zapomnij pomiń ' +
    'игнорир забудь пренебрег ігнор görmezden unut yoksay yok_say dikkate_alma abaikan lupakan terlepas kalimutan balewalain huwag_pansinin ' +
    'bỏ_qua quên ลืม ละเลย เพิกเฉย ไม่ต้องสนใจ अनदेख नज़रअंदाज़ नजरअंदाज भूल উপেক্ষা ভুলে تجاهل تجاوز إنس انس نسيان 무시 잊어 잊으 ' +
    '忽略 忽視 忽视 忘记 忘掉 无视 無視 不理会 不要理 無視し 忘れ ignoro injoro shpërfill harro déan_neamhaird neamhaird dearmad dearmaid leig_seachad dìochuimhnich ziba ungazinaki khohlwa',
  /** What was said so far. */
  prior:
    'previous prior$ preceding above$ earlier former$ foregoing initial$ original$ vorherig bisherig vorig obig früher vorangegangen zuvor ' +
    'précédent antérieur ci-dessus anterior previ precedent eerder vorige poprzedni wcześniej powyższ предыдущ предшеств попередн önceki daha_önce ' +
    'sebelumnya di_atas nakaraan naunang dati trước ở_trên ก่อนหน้า ข้างต้น पिछल पहले उपरोक्त पूर्व আগের পূর্ববর্তী السابق سابق 이전 앞의 지금까지 之前 以前 先前 以上 上面 ' +
    '前の これまで 上記 mëparshëm roimhe roimhe_seo odlule ngaphambi',
  /** Orders to the model. */
  orders:
    'instruction instruct$ directive guideline rules$ commands$ prompts$ prompt$ restriction policies$ constraints anweisung instruktion richtlinie regeln$ vorgaben befehl ' +
    'consigne règle directives ordres instruc órdenes indicacion reglas$ istruzion regole$ direttiv comand regras$ ordens diretriz aanwijzing regels opdracht instrukcj poleceń ' +
    'инструкц указани правил інструкц talimat yönerge kural komut instruksi perintah aturan petunjuk tagubilin panuto utos alituntunin hướng_dẫn chỉ_dẫn chỉ_thị quy_tắc ' +
    'คำสั่ง คําสั่ง คำแนะนำ คําแนะนํา กฎ निर्देश नियम आदेश নির্দেশ নিয়ম تعليم التعليم توجيه التوجيه القواعد الأوامر 지시 규칙 명령 지침 ' +
    '指令 指示 说明 规则 命令 提示词 指引 規則 命令 udhëzim treoir treoracha stíuir imiyalelo umyalelo',
  /** What is to be kept. */
  secret:
    'password passwords passcode passphrase secret$ secrets$ credential confidential passwort kennwort geheim mot_de_passe secrèt secreto secreta contraseña clave$ parola_d password segret senha chave$ wachtwoord hasło tajn ' +
    'парол секрет ключ şifre parola gizli anahtar kata_sandi sandi$ rahasia kunci lihim susi$ mật_khẩu bí_mật khóa รหัส ความลับ पासवर्ड गुप्त कुंजी পাসওয়ার্ড গোপন ' +
    'كلمة_المرور كلمة_مرور السري سري مفتاح 비밀번호 비밀 암호 密码 密碼 口令 密钥 秘密 パスワード fjalëkalim pasfhocal facal-faire',
  /** To say it aloud. */
  tell:
    'reveal disclose divulge leak$ print$ repeat$ recite confirm$ verrat offenbar bestätig gib$ sag$ révèle révél divulgu confirme$ dis$ revela confirm rivela dimmi dime$ diga$ dígame dij revele ujawnij ' +
    'раскр подтверд скаж расскаж подел açıkla onayla paylaş söyle ungkapkan konfirmasi bagikan katakan beritahu sabihin ibahagi kumpirm tiết_lộ xác_nhận chia_sẻ cho_tôi_biết บอก ยืนยัน แบ่งปัน ' +
    'बताओ बताएं पुष्टि साझा বলুন নিশ্চিত أخبرني تؤكد تأكيد شارك 알려 확인 공유 말해 告诉我 分享 确认 透露 教えて 確認 共有 tregoj',
  /** The machine's own parts and privileges. */
  system:
    'system$ sysadmin admin$ administrator root$ sudo$ developer$ developers$ entwickler développeur desarrollador sistema$ système sviluppator desenvolvedor ontwikkelaar programist ' +
    'систем разработчик geliştirici sistem$ pengembang nhà_phát_triển hệ_thống ระบบ นักพัฒนา ผู้พัฒนา डेवलपर सिस्टम ডেভেলপার সিস্টেম المطور مطور النظام ' +
    '개발자 시스템 系统 系統 开发人员 开发者 システム 開発者 管理員 管理员 管理者',
  mode: 'mode$ modus$ modo$ modalità режим modu$ moduna modü chế_độ โหมด मोड মোড وضع 모드 模式 モード mód tryb$ override overriding überschreib',
  /** Who made it, and whom it must obey. */
  authority:
    'openai anthropic god$ president$ ceo$ creator$ gott$ präsident dieu$ président dios$ presidente dio$ deus$ бог$ президент tanrı başkan tuhan presiden diyos pangulo chúa$ tổng_thống พระเจ้า ประธานาธิบดี ' +
    'भगवान राष्ट्रपति ओपनएआई ঈশ্বর রাষ্ট্রপতি الله إله الرئيس رئيس 신이 신입니다 대통령 上帝 神$ 总统 總統 神です 大統領',
  /** A world in which other rules hold. */
  pretend:
    'imagine$ pretend hypothetical fictional roleplay role-play act$ persona simulat stell vorstellen hypothetisch rolle$ imaginez imagine hypothét rôle imagina hipotétic finge$ papel$ immagina ipotetic ruolo$ finja stel_je wyobraź ' +
    'представь гипотет роль hayal varsay rolü bayangkan hipotetis berperan isipin kunwari hypothet tưởng_tượng giả_vờ giả_định จินตนาการ สมมติ कल्पना কল্পনা تخيل تظاهر افتراض 상상 가상 ' +
    '想象 假装 假设 扮演 想像 仮定',
  /** Whom it must not tell about. */
  person:
    'balance$ birthdate birthday kontostand geburtsdatum solde$ saldo$ fecha_de_nacimiento data_di_nascita data_de_nascimento баланс bakiye doğum số_dư ngày_sinh ยอดเงิน วันเกิด बैलेंस जन्म ব্যালেন্স জন্ম رصيد ميلاد 잔액 생일 생년월일 余额 餘額 生日 出生日期 残高 生年月日 ' +
    'benutzer nutzer user$ users$ utilisateur usuario utente$ utenti$ пользовател kullanıcı pengguna gumagamit người_dùng ผู้ใช้ उपयोगकर्ता ব্যবহারকারী المستخدم 사용자 用户 用戶 ユーザー',
  /** To say it so that nobody notices. */
  encode:
    'base64 rot13 encode encoded decode backwards reverse$ reversed kodier rückwärts umgekehrt encod à_l’envers invers codific al_revés inverso contrario кодир обратн kodla tersten ters_sıra urutan_terbalik terbalik kodekan baligtad mã_hóa ngược ย้อนกลับ เข้ารหัส रिवर्स उल्टे বিপরীত রিভার্স عكس العكس 거꾸로 역순 倒序 反向 反序 编码 逆の 逆順 逆に ' +
    'haiku$ haik acrostic gedicht poème poema poesia стих хайку şiir puisi tula$ bài_thơ บทกวี हाइकु कविता কবিতা قصيدة 하이쿠 俳句 诗',
  /** Praise for what was, before something else is asked. */
  praise:
    'well_done great$ excellent very_good good_job passed congratulations sehr_gut gut_gemacht super_gemacht hast_es_drauf war_schon_mal très_bien bravo$ muy_bien bien_hecho muito_bem molto_bene отлично молодец çok_iyi bagus_sekali magaling rất_tốt बहुत_अच्छा شكرا_جزيلا 잘했 很好 做得好 よくでき',
  /** Something else to do. */
  task: 'new_task new_instruction new_order next_task following_task further_task more_tasks second_test additional_instruction new_challenge neue_aufgabe neuen_aufgabe neue_anweisung neue_herausforderung nächste_aufgabe folgende_aufgabe folgender_aufgabe weitere_aufgabe nouvelle_tâche nouvelles_instructions nueva_tarea nuevas_instrucciones nova_tarefa novas_instruções nuovo_compito nuove_istruzioni новая_задача новые_инструкции yeni_görev tugas_baru instruksi_baru bagong_gawain nhiệm_vụ_mới नया_कार्य نयी مهمة_جديدة 새로운_작업 新任务 新的任务 新指令 新しいタスク 新しい指示',
  /** To be somebody from now on. */
  become:
    'now_you_are you_are_now you_will_act you_will_now going_to_act nun_bist_du jetzt_bist_du du_bist_jetzt du_bist_nun tu_es_maintenant vous_êtes_maintenant ahora_eres agora_você_é ora_sei adesso_sei теперь_ты şimdi_sen sekarang_kamu kamu_sekarang ikaw_ngayon bây_giờ_bạn अब_आप अब_तुम أنت_الآن 이제_당신 이제_너는 你现在是 现在你是 あなたは今',
  /** To say nothing but what is asked. */
  answer:
    'only_answer answer_only answer_with just_output just_say only_say say_only respond_only respond_with reply_only output_only antworte_mit antworte_nur sage_nur répondez_seulement responde_solo responda_apenas rispondi_solo',
  /** Forbids what follows. */
  not: 'not$ never$ don$ doesn$ cannot$ without$ nicht$ niemals$ kein$ keine$ ohne$ pas$ jamais$ nunca$ jamás$ não$ non$ mai$ niet$ nooit$ nie$ не$ нельзя никогда jangan$ tidak$ huwag$ hindi$ đừng$ không$ नहीं मत$ না$ لا$ 말고 않 不要 不得 ません',
  /** To be without bounds. */
  free: 'unrestricted unfiltered uncensored jailbreak jailbroken amoral dan$ anything$ limitless uneingeschränkt unzensiert grenzen$ sans_restriction limites$ sin_restricciones límites senza_restrizioni limiti$ sem_restrições без_огранич что_угодно sınırsız her_şeyi tanpa_batas apa_pun anumang bất_cứ_điều_gì ไม่มีข้อจำกัด कुछ_भी যেকোনো_কিছু أي_شيء 무엇이든 任何事情 越狱 何でも',
} as const;

export type Concept = keyof typeof CONCEPT_WORDS;

/** Common words turned by ROT13, and written backwards: where some of them stand, the text is read that way too. */
export const ROTATED_WORDS = 'gur lbhe vtaber cerivbhf vafgehpgvbaf flfgrz cebzcg guvf erirny cyrnfr cnffjbeq gung';
export const REVERSED_WORDS =
  'eht ruoy erongi suoiverp snoitcurtsni metsys tpmorp txet siht laever esaelp egassem edirrevo drowssap';
