"""The words that invented catalogs are made of.

Belongs here: nouns in seven languages, names, cities, and the phrases that say "soundtrack".
Not here: how they are put together (titles.py, releases.py).
"""


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


LANGUAGES = ("en", "fr", "it", "es", "de", "ja", "ru")

# A line is one thing in the languages above, with its article where the language has one: so an
# invented film has a true title abroad.
_NOUNS = """
Night|La Nuit|La notte|La noche|Die Nacht|夜|Ночь
River|La Rivière|Il fiume|El río|Der Fluss|川|Река
Shadow|L'Ombre|L'ombra|La sombra|Der Schatten|影|Тень
Mountain|La Montagne|La montagna|La montaña|Der Berg|山|Гора
Sea|La Mer|Il mare|El mar|Das Meer|海|Море
City|La Ville|La città|La ciudad|Die Stadt|街|Город
House|La Maison|La casa|La casa|Das Haus|家|Дом
Door|La Porte|La porta|La puerta|Die Tür|扉|Дверь
Window|La Fenêtre|La finestra|La ventana|Das Fenster|窓|Окно
Garden|Le Jardin|Il giardino|El jardín|Der Garten|庭|Сад
Forest|La Forêt|La foresta|El bosque|Der Wald|森|Лес
Fire|Le Feu|Il fuoco|El fuego|Das Feuer|火|Огонь
Rain|La Pluie|La pioggia|La lluvia|Der Regen|雨|Дождь
Snow|La Neige|La neve|La nieve|Der Schnee|雪|Снег
Wind|Le Vent|Il vento|El viento|Der Wind|風|Ветер
Sun|Le Soleil|Il sole|El sol|Die Sonne|太陽|Солнце
Moon|La Lune|La luna|La luna|Der Mond|月|Луна
Star|L'Étoile|La stella|La estrella|Der Stern|星|Звезда
Sky|Le Ciel|Il cielo|El cielo|Der Himmel|空|Небо
Island|L'Île|L'isola|La isla|Die Insel|島|Остров
Bridge|Le Pont|Il ponte|El puente|Die Brücke|橋|Мост
Road|La Route|La strada|El camino|Die Straße|道|Дорога
Train|Le Train|Il treno|El tren|Der Zug|列車|Поезд
Ship|Le Navire|La nave|El barco|Das Schiff|船|Корабль
Letter|La Lettre|La lettera|La carta|Der Brief|手紙|Письмо
Book|Le Livre|Il libro|El libro|Das Buch|本|Книга
Song|La Chanson|La canzone|La canción|Das Lied|歌|Песня
Dance|La Danse|La danza|El baile|Der Tanz|踊り|Танец
Game|Le Jeu|Il gioco|El juego|Das Spiel|遊戯|Игра
War|La Guerre|La guerra|La guerra|Der Krieg|戦争|Война
Peace|La Paix|La pace|La paz|Der Frieden|平和|Мир
Love|L'Amour|L'amore|El amor|Die Liebe|愛|Любовь
Death|La Mort|La morte|La muerte|Der Tod|死|Смерть
Dream|Le Rêve|Il sogno|El sueño|Der Traum|夢|Сон
Secret|Le Secret|Il segreto|El secreto|Das Geheimnis|秘密|Тайна
Promise|La Promesse|La promessa|La promesa|Das Versprechen|約束|Обещание
Lie|Le Mensonge|La bugia|La mentira|Die Lüge|嘘|Ложь
Truth|La Vérité|La verità|La verdad|Die Wahrheit|真実|Правда
Mirror|Le Miroir|Lo specchio|El espejo|Der Spiegel|鏡|Зеркало
Mask|Le Masque|La maschera|La máscara|Die Maske|仮面|Маска
King|Le Roi|Il re|El rey|Der König|王|Король
Queen|La Reine|La regina|La reina|Die Königin|女王|Королева
Child|L'Enfant|Il bambino|El niño|Das Kind|子供|Ребёнок
Mother|La Mère|La madre|La madre|Die Mutter|母|Мать
Father|Le Père|Il padre|El padre|Der Vater|父|Отец
Brother|Le Frère|Il fratello|El hermano|Der Bruder|兄弟|Брат
Sister|La Sœur|La sorella|La hermana|Die Schwester|姉妹|Сестра
Stranger|L'Étranger|Lo straniero|El extraño|Der Fremde|異邦人|Незнакомец
Hunter|Le Chasseur|Il cacciatore|El cazador|Der Jäger|狩人|Охотник
Soldier|Le Soldat|Il soldato|El soldado|Der Soldat|兵士|Солдат
Teacher|Le Professeur|Il maestro|El maestro|Der Lehrer|教師|Учитель
Doctor|Le Médecin|Il medico|El médico|Der Arzt|医者|Доктор
Thief|Le Voleur|Il ladro|El ladrón|Der Dieb|泥棒|Вор
Witness|Le Témoin|Il testimone|El testigo|Der Zeuge|証人|Свидетель
Wolf|Le Loup|Il lupo|El lobo|Der Wolf|狼|Волк
Horse|Le Cheval|Il cavallo|El caballo|Das Pferd|馬|Лошадь
Bird|L'Oiseau|L'uccello|El pájaro|Der Vogel|鳥|Птица
Dog|Le Chien|Il cane|El perro|Der Hund|犬|Собака
Rose|La Rose|La rosa|La rosa|Die Rose|薔薇|Роза
Tree|L'Arbre|L'albero|El árbol|Der Baum|木|Дерево
Bread|Le Pain|Il pane|El pan|Das Brot|パン|Хлеб
Gold|L'Or|L'oro|El oro|Das Gold|黄金|Золото
Stone|La Pierre|La pietra|La piedra|Der Stein|石|Камень
Sword|L'Épée|La spada|La espada|Das Schwert|剣|Меч
Crown|La Couronne|La corona|La corona|Die Krone|冠|Корона
Key|La Clé|La chiave|La llave|Der Schlüssel|鍵|Ключ
Clock|L'Horloge|L'orologio|El reloj|Die Uhr|時計|Часы
Summer|L'Été|L'estate|El verano|Der Sommer|夏|Лето
Winter|L'Hiver|L'inverno|El invierno|Der Winter|冬|Зима
Autumn|L'Automne|L'autunno|El otoño|Der Herbst|秋|Осень
Spring|Le Printemps|La primavera|La primavera|Der Frühling|春|Весна
Morning|Le Matin|Il mattino|La mañana|Der Morgen|朝|Утро
Evening|Le Soir|La sera|La tarde|Der Abend|夕暮れ|Вечер
Heart|Le Cœur|Il cuore|El corazón|Das Herz|心|Сердце
Blood|Le Sang|Il sangue|La sangre|Das Blut|血|Кровь
Voice|La Voix|La voce|La voz|Die Stimme|声|Голос
Silence|Le Silence|Il silenzio|El silencio|Das Schweigen|沈黙|Молчание
Storm|La Tempête|La tempesta|La tormenta|Der Sturm|嵐|Буря
Desert|Le Désert|Il deserto|El desierto|Die Wüste|砂漠|Пустыня
Lake|Le Lac|Il lago|El lago|Der See|湖|Озеро
Tower|La Tour|La torre|La torre|Der Turm|塔|Башня
Wall|Le Mur|Il muro|El muro|Die Mauer|壁|Стена
Machine|La Machine|La macchina|La máquina|Die Maschine|機械|Машина
Angel|L'Ange|L'angelo|El ángel|Der Engel|天使|Ангел
Devil|Le Diable|Il diavolo|El diablo|Der Teufel|悪魔|Дьявол
Ghost|Le Fantôme|Il fantasma|El fantasma|Das Gespenst|幽霊|Призрак
"""

NOUNS: tuple[dict[str, str], ...] = tuple(
    dict(zip(LANGUAGES, line.split("|"), strict=True)) for line in _NOUNS.split("\n") if line
)

AND = {"en": "and", "fr": "et", "it": "e", "es": "y", "de": "und", "ja": "と", "ru": "и"}

ADJECTIVES = _words(
    "Last First Lost Broken Silent Golden Black White Red Blue Green Silver Hidden Secret Wild "
    "Burning Frozen Distant Endless Perfect Simple Strange Quiet Loud Young Old New Ancient Holy "
    "Wicked Gentle Savage Bitter Sweet Cold Warm Dark Bright Empty Naked Crooked Iron Paper Glass "
    "Electric Electronic Stolen Forgotten Forbidden Final Second Double Hollow Deep High Long "
    "Short Great Little Beautiful Dangerous Innocent Guilty Invisible Impossible Midnight Sunday"
)

THINGS = _words(
    "Affair Alibi Arena Ballad Bargain Beast Bell Border Bride Cabin Carnival Castle Chase Circle "
    "Code Colony Confession Contract Corridor Crossing Daughter Detective Diary Diner Drift Echo "
    "Empire Engine Escape Exile Expedition Falcon Farewell Fever Flight Fortune Frontier Gambler "
    "Gate Giant Guest Harbor Harvest Heir Highway Honor Horizon Hostage Hotel Hour Illusion "
    "Inheritance Invasion Island Journey Judge Jungle Killer Kingdom Knight Labyrinth Lantern "
    "Legacy Legend Lighthouse Lover Magician Mansion Matador Memory Messenger Mission Monster "
    "Mystery Neighbor Oath Orchard Orphan Outlaw Outpost Painter Paradise Passage Passenger "
    "Patient Phantom Pilgrim Pilot Planet Poet Portrait Prayer Prisoner Prophet Quarry Quest "
    "Rebel Reunion Revenge Ritual Robbery Runner Sailor Saint Sanctuary Scarecrow School Season "
    "Sentinel Servant Shelter Signal Siren Smile Spy Stage Station Street Student Suitcase "
    "Survivor Tailor Tenant Throne Thunder Ticket Tiger Tomorrow Traitor Trap Traveler Trial "
    "Valley Verdict Village Violin Visitor Voyage Waiter Watch Wedding Widow Witch Writer Yard"
)

# A title that is somebody's first name is the hardest to tell from an artist's.
FIRST_NAMES: dict[str, tuple[str, ...]] = {
    "en": _words(
        "Joe Isaac Ada Alma Arthur Beth Clara Daniel Edgar Ella Emma Felix Frank Grace Harold "
        "Henry Ida Jack James Jane John June Kate Laura Leo Louis Lucy Mark Mary Max Nell Nora "
        "Oliver Oscar Paul Ray Rose Ruth Sam Simon Stella Thomas Vera Walter Wendy William"
    ),
    "fr": _words(
        "Adèle Alain Albert André Benoît Bruno Camille Céline Claude Émile François Gabriel "
        "Georges Hélène Jacques Jeanne Jules Léa Lucien Marcel Mathilde Michel Noëlle Philippe "
        "Pierre René Simone Théo Yves Zoé"
    ),
    "it": _words(
        "Aldo Alessandra Bianca Bruno Carlo Chiara Dario Elena Enzo Fabio Franca Gino Giulia "
        "Guido Ilaria Lina Luca Marcello Nino Paola Piero Renzo Rita Sandro Stelvio Ugo"
    ),
    "es": _words(
        "Alberto Ana Andrés Beatriz Carlos Carmen Diego Elena Fermín Gonzalo Inés Íñigo Javier "
        "Julia Lucía Luis Manuel Mónica Nuria Pablo Pilar Ramón Rocío Sofía Tomás Ximena"
    ),
    "de": _words(
        "Anna Bernd Dieter Elke Erich Franz Fritz Greta Günther Hanna Heinz Ilse Jürgen Karl "
        "Klaus Lotte Magda Otto Peter Rolf Sabine Sepp Ulrike Uwe Werner Wolfgang"
    ),
    "ja": _words(
        "Akira Aya Daisuke Emi Haruka Hiroshi Isao Jun Kaoru Kenji Kumiko Makoto Mari Masaru "
        "Michiko Naoki Reiko Sakura Shinji Takashi Toru Yoko Yuji Yumi"
    ),
    "ru": _words(
        "Aleksei Anna Boris Daria Dmitri Elena Fyodor Galina Igor Irina Ivan Larisa Lev Maria "
        "Mikhail Nadezhda Nikolai Oleg Olga Pavel Sergei Tatiana Vera Viktor Yuri"
    ),
}

LAST_NAMES: dict[str, tuple[str, ...]] = {
    "en": _words(
        "Abbott Ashworth Barlow Bennett Blackwood Brandt Calloway Carver Cole Crane Dalton "
        "Draper Ellison Fairbanks Finch Fletcher Garner Gates Grayson Hale Hargrove Hayes Holloway "
        "Hughes Keane Kincaid Lambert Langley Mercer Monroe Nash Norwood Parrish Pike Quinn "
        "Ramsey Rhodes Sawyer Sheldon Sinclair Sterling Thorne Tucker Vance Wakefield Weaver "
        "Whitlock Winslow Wyatt York"
    ),
    "fr": _words(
        "Auclair Baudin Beaumont Bréval Carpentier Chabert Clément Darrieux Delcourt Desprès "
        "Duval Fabre Faucher Garnier Girard Hébert Jourdan Lacombe Lefèvre Marchand Mercier "
        "Moreau Perrin Renaud Rivière Roussel Sorel Tessier Vasseur Verdier"
    ),
    "it": _words(
        "Albini Bassani Bellini Calvi Caruso Conti Corsini Donati Ferrante Galli Gatti Lombardi "
        "Marchetti Marini Monti Moroni Neri Olivieri Pagani Parisi Ricci Rinaldi Rossetti Salvi "
        "Serra Testa Valli Vitale Zanetti"
    ),
    "es": _words(
        "Aguilar Alarcón Benítez Cáceres Castaño Delgado Domínguez Escobar Fuentes Gálvez "
        "Herrero Ibáñez Lozano Márquez Molina Núñez Ortega Pacheco Quintero Robles Salinas "
        "Serrano Téllez Urrutia Valverde Zamora"
    ),
    "de": _words(
        "Albrecht Bauer Böhm Brückner Dietz Eberhardt Engel Falk Fischer Gärtner Grünwald Hoffmann "
        "Kästner Keller König Krüger Lang Lindner Möller Neumann Richter Schäfer Schubert Steiner "
        "Vogel Weiss Winkler Zöllner"
    ),
    "ja": _words(
        "Aoki Endo Fujita Hara Hayashi Ikeda Inoue Ishida Kato Kimura Kondo Kubo Matsuda Mori "
        "Nakano Nishida Ogawa Okada Sakai Shimizu Sugita Takeda Ueno Wada Yamane Yoshida"
    ),
    "ru": _words(
        "Antonov Belov Bogdanov Chernov Drozdov Fomin Gusev Ilyin Karpov Kirillov Kovalev Lavrov "
        "Malinin Morozov Nazarov Orlov Panin Petrov Rogov Savin Sokolov Tarasov Ushakov Volkov "
        "Yashin Zaitsev"
    ),
}

CITIES: tuple[dict[str, str], ...] = tuple(
    dict(zip(LANGUAGES, line.split("|"), strict=True))
    for line in (
        "Paris|Paris|Parigi|París|Paris|パリ|Париж",
        "Rome|Rome|Roma|Roma|Rom|ローマ|Рим",
        "Berlin|Berlin|Berlino|Berlín|Berlin|ベルリン|Берлин",
        "Vienna|Vienne|Vienna|Viena|Wien|ウィーン|Вена",
        "Lisbon|Lisbonne|Lisbona|Lisboa|Lissabon|リスボン|Лиссабон",
        "Madrid|Madrid|Madrid|Madrid|Madrid|マドリード|Мадрид",
        "Venice|Venise|Venezia|Venecia|Venedig|ベニス|Венеция",
        "Tokyo|Tokyo|Tokyo|Tokio|Tokio|東京|Токио",
        "Moscow|Moscou|Mosca|Moscú|Moskau|モスクワ|Москва",
        "London|Londres|Londra|Londres|London|ロンドン|Лондон",
        "New York|New York|New York|Nueva York|New York|ニューヨーク|Нью-Йорк",
        "Naples|Naples|Napoli|Nápoles|Neapel|ナポリ|Неаполь",
        "Athens|Athènes|Atene|Atenas|Athen|アテネ|Афины",
        "Cairo|Le Caire|Il Cairo|El Cairo|Kairo|カイロ|Каир",
        "Geneva|Genève|Ginevra|Ginebra|Genf|ジュネーブ|Женева",
        "Warsaw|Varsovie|Varsavia|Varsovia|Warschau|ワルシャワ|Варшава",
        "Prague|Prague|Praga|Praga|Prag|プラハ|Прага",
        "Munich|Munich|Monaco|Múnich|München|ミュンヘン|Мюнхен",
    )
)

# How records say that they are a soundtrack; {t} is the title.
SOUNDTRACK_PHRASES: dict[str, tuple[str, ...]] = {
    "en": (
        "{t} (Original Motion Picture Soundtrack)",
        "{t} (Original Motion Picture Soundtrack)",
        "{t} (Original Motion Picture Soundtrack)",
        "{t} (Original Soundtrack)",
        "{t} (Music From The Motion Picture)",
        "{t} (Original Soundtrack Recording)",
        "{t} (The Original Sound Track Album)",
        "{t} (Music From The Original Soundtrack)",
        "{t} - Original Soundtrack",
        "{t} OST",
        "{t} (Soundtrack)",
        'Music From The Motion Picture Soundtrack "{t}"',
        'Original Motion Picture Soundtrack "{t}"',
        "{t}",
    ),
    "fr": (
        "{t} (Bande Originale Du Film)",
        "{t} (Bande Originale Du Film)",
        "{t} (Musique Originale Du Film)",
        "{t} (B.O.F.)",
        '"{t}" Bande Originale Du Film',
    ),
    "it": (
        "{t} (Colonna Sonora Originale)",
        "{t} (Colonna Sonora Originale Del Film)",
        "{t} - Colonna Sonora Originale",
    ),
    "es": (
        "{t} (Banda Sonora Original)",
        "{t} (Banda Sonora Original De La Película)",
        "{t} (BSO)",
    ),
    "de": ("{t} (Original-Filmmusik)", "{t} (Original Soundtrack)", "{t} (Die Filmmusik)"),
    "ja": (
        "{t} (オリジナル・サウンドトラック)",
        "{t} オリジナル・サウンドトラック",
        "{t} サウンドトラック",
    ),
    "ru": ("{t} (Музыка Из Кинофильма)", "{t} (Оригинальный Саундтрек)"),
}
SCORE_PHRASES = (
    "{t} (Original Motion Picture Score)",
    "{t} (The Original Score)",
    "{t} (Original Score)",
    "{t} (The Score)",
)
SONG_PHRASES = (
    "{t} (Music From And Inspired By The Motion Picture)",
    "{t} (Songs From The Motion Picture)",
    "Songs From {t}",
    "{t} (The Album)",
)
REISSUE_PHRASES = (
    "{t} (Original Motion Picture Soundtrack) (Expanded Edition)",
    "{t} (Original Soundtrack - Remastered)",
    "{t} (25th Anniversary Edition)",
    "{t} (The Deluxe Edition)",
    "{t} (Complete Original Score)",
)
YEAR_PHRASES = (
    "{t} ({y})",
    "{t} ({y}) (Original Motion Picture Soundtrack)",
    "{t} (Original {y} Motion Picture Soundtrack)",
)
PERFORMER_PHRASES = (
    "{t} (Songs From The Motion Picture)",
    "{t} (Music From And Inspired By The Motion Picture)",
    "Songs From The Motion Picture {t}",
)
NUMBER_WORDS = (
    *("Zero", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten"),
    *("Eleven", "Twelve"),
)
SINGLE_PHRASES = ("{t}", 'Theme From "{t}"', "{t} (Main Title)", 'Love Theme From "{t}"')
TELEVISION_PHRASES = (
    "{t} (Music From The Television Series)",
    "{t} (Original Television Soundtrack)",
    "{t}: Season 1 (Music From The HBO Series)",
    "{t} (A Netflix Original Series Soundtrack)",
    "{t} (Music From The BBC TV Series)",
)
GAME_PHRASES = (
    "{t} (Original Game Soundtrack)",
    "{t} (Video Game Soundtrack)",
    "{t} (Original Videogame Score)",
)
SEASON_PHRASES = (
    "{t} (Season {n})",
    "{t}: Staffel {n}",
    "{t} (Saison {n})",
    "{t} - Temporada {n} (Banda Sonora Original)",
    "{t}: Stagione {n} (Colonna Sonora Originale)",
    "{t} Seasons One Through Six",
)
PLATFORM_PHRASES = (
    "{t} (Arcade Original Soundtrack)",
    "{t} (PlayStation Soundtrack)",
    "{t} - Gameboy OST",
    "{t} (Sega Genesis OST)",
    "{t} (Super Nintendo Original Soundtrack)",
    "{t} (Xbox Soundtrack)",
    "{t} VGM",
)
SEQUELS_IN_BRACKETS = (
    "{t} (Part {r})",
    "{t} [Part {r}]",
    "{t} ({n})",
    "{t} [{r}]",
    "{t} (Chapter {n})",
    "{t} #{n}",
)
STAGE_PHRASES = (
    "{t} (Original Broadway Cast Recording)",
    "{t} (Original London Cast)",
    "{t}: The Musical (Original Cast Recording)",
)
COMPILATION_PHRASES = (
    "The Best Of {t}",
    "The Film Music Of {t}",
    "{t}: Greatest Film Themes",
    "{t} - Film Works, Volume 2",
)

BAND_WORDS = _words(
    "Velvet Static Paper Northern Crystal Midnight Rusty Solar Coastal Hollow Radio Marble Silent "
    "Copper Neon Distant"
)
BAND_NOUNS = _words(
    "Wolves Parade Engines Orchestra Ravens Division Mirrors Satellites Pilots Harbors Machine "
    "Lanterns Saints Tigers Choir Collective"
)

MUSIC: tuple[tuple[str, str], ...] = (
    ("Electronic", "Ambient"),
    ("Electronic", "Synth-pop"),
    ("Rock", "Pop Rock"),
    ("Rock", "Prog Rock"),
    ("Jazz", "Soul-Jazz"),
    ("Classical", "Modern"),
    ("Classical", "Modern Classical"),
    ("Pop", "Easy Listening"),
    ("Funk / Soul", "Funk"),
    ("Hip Hop", "Instrumental"),
    ("Folk, World, & Country", "Folk"),
)
RECORD_LABELS = (
    "Aldebaran Records",
    "Blue Harbor",
    "Cinetone",
    "Discophon",
    "Filmophon",
    "Grand Duchy",
    "Hexagon Music",
    "Lumen Records",
    "Orbis",
    "Parallel Sounds",
    "Silverscreen",
    "Tonbild",
)
PRESSING_COUNTRIES: dict[str, tuple[str, ...]] = {
    "en": ("US", "US", "US", "UK", "UK", "Europe", "Canada", "Germany", "Japan"),
    "fr": ("France", "France", "France", "Europe", "Japan"),
    "it": ("Italy", "Italy", "Italy", "Europe", "Japan"),
    "es": ("Spain", "Spain", "Mexico", "Argentina"),
    "de": ("Germany", "Germany", "Austria", "Europe"),
    "ja": ("Japan",),
    "ru": ("USSR", "Russia"),
}
LANGUAGE_COUNTRY = {
    "en": "US",
    "fr": "FR",
    "it": "IT",
    "es": "ES",
    "de": "DE",
    "ja": "JP",
    "ru": "RU",
}
