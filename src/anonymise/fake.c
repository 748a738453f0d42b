/*
 * fake.c
 *		Small lists of common first names, family names, streets and places, so that a test copy looks like people.
 *		They are chosen at random, so they stand for no one.
 */
#include "anonymise/strategy.h"

typedef struct WordList
{
	const char *kind;
	const char *language;
	const char *const *words;
	int count;
} WordList;

#define LIST(kind, language, words)            \
	{                                          \
		kind, language, words, lengthof(words) \
	}

static const char *const first_nl[] = {"Emma",	"Louise", "Marie", "Lotte",	 "Anna",  "Noor",  "Elise",
									   "Julie", "Lucas",  "Liam",  "Arthur", "Noah",  "Jan",   "Pieter",
									   "Bram",	"Daan",	  "Sem",   "Finn",	 "Ruben", "Thomas"};
static const char *const first_fr[] = {"Emma",	  "Jade",	 "Louise",	"Alice", "Chloé",  "Léa",	 "Manon",
									   "Camille", "Gabriel", "Raphaël", "Léo",	 "Louis",  "Hugo",	 "Jules",
									   "Adam",	  "Nathan",	 "Théo",	"Paul",	 "Mathis", "Antoine"};
static const char *const first_de[] = {"Mia",	"Emma", "Hannah", "Sofia",	"Anna", "Lea",	 "Lena",
									   "Marie", "Ben",	"Paul",	  "Leon",	"Finn", "Jonas", "Felix",
									   "Lukas", "Max",	"Moritz", "Jürgen", "Karl", "Tim"};
static const char *const first_en[] = {"Olivia", "Amelia", "Isla",	 "Ava",	   "Mia",	  "Grace", "Lily",
									   "Emily",	 "Oliver", "George", "Harry",  "Noah",	  "Jack",  "Leo",
									   "Arthur", "James",  "Henry",	 "Thomas", "William", "Oscar"};
static const char *const last_nl[] = {"Peeters",	  "Janssens", "Maes",	  "Jacobs",	 "Mertens",
									  "Willems",	  "Claes",	  "Goossens", "Wouters", "De Smet",
									  "Van den Berg", "De Vries", "Bakker",	  "Visser",	 "Smit",
									  "Meijer",		  "De Boer",  "Mulder",	  "Bos",	 "Vos"};
static const char *const last_fr[] = {"Martin",	 "Bernard",	 "Dubois",	 "Thomas",	"Robert",
									  "Richard", "Petit",	 "Durand",	 "Leroy",	"Moreau",
									  "Simon",	 "Laurent",	 "Lefebvre", "Michel",	"Garcia",
									  "David",	 "Bertrand", "Roux",	 "Vincent", "Fournier"};
static const char *const last_de[] = {"Müller",	 "Schmidt",	 "Schneider", "Fischer", "Weber",
									  "Meyer",	 "Wagner",	 "Becker",	  "Schulz",	 "Hoffmann",
									  "Schäfer", "Koch",	 "Bauer",	  "Richter", "Klein",
									  "Wolf",	 "Schröder", "Neumann",	  "Schwarz", "Zimmermann"};
static const char *const last_en[] = {"Smith",	  "Jones",	 "Taylor", "Brown",	   "Williams",
									  "Wilson",	  "Johnson", "Davies", "Robinson", "Wright",
									  "Thompson", "Evans",	 "Walker", "White",	   "Roberts",
									  "Green",	  "Hall",	 "Wood",   "Jackson",  "Clarke"};
static const char *const place_nl[] = {"Gent",	  "Antwerpen", "Brugge", "Leuven", "Mechelen",
									   "Hasselt", "Utrecht",   "Leiden", "Breda",  "Zwolle"};
static const char *const place_fr[] = {"Namur", "Liège",  "Mons",	"Charleroi", "Lyon",
									   "Lille", "Nantes", "Rennes", "Dijon",	 "Tours"};
static const char *const place_de[] = {"Eupen", "Köln", "Bonn",	 "Bremen", "Kiel",
									   "Mainz", "Jena", "Trier", "Ulm",	   "Aachen"};
static const char *const place_en[] = {"York",	 "Leeds",  "Bath",	  "Oxford", "Derby",
									   "Exeter", "Durham", "Cardiff", "Dundee", "Belfast"};

static const char *const street_nl[] = {"Kerkstraat",  "Stationsstraat", "Molenstraat", "Schoolstraat",
										"Dorpsstraat", "Nieuwstraat",	 "Veldstraat",	"Beukenlaan",
										"Lindelaan",   "Marktplein"};
static const char *const street_fr[] = {"Rue de l'Église", "Rue de la Gare",	  "Rue du Moulin",
										"Rue de l'École",  "Grand-Rue",			  "Rue Neuve",
										"Rue des Champs",  "Avenue des Tilleuls", "Rue du Château",
										"Place du Marché"};
static const char *const street_de[] = {"Hauptstraße", "Bahnhofstraße", "Mühlenweg", "Schulstraße",
										"Dorfstraße",  "Gartenstraße",	"Feldweg",	 "Lindenallee",
										"Kirchweg",	   "Marktplatz"};
static const char *const street_en[] = {"Church Street", "Station Road", "Mill Lane",	  "School Lane",
										"High Street",	 "New Street",	 "Victoria Road", "Park Avenue",
										"The Green",	 "Market Place"};

static const WordList lists[] = {
	LIST("first_name", "nl", first_nl), LIST("first_name", "fr", first_fr),
	LIST("first_name", "de", first_de), LIST("first_name", "en", first_en),
	LIST("last_name", "nl", last_nl),	LIST("last_name", "fr", last_fr),
	LIST("last_name", "de", last_de),	LIST("last_name", "en", last_en),
	LIST("place", "nl", place_nl),		LIST("place", "fr", place_fr),
	LIST("place", "de", place_de),		LIST("place", "en", place_en),
	LIST("street", "nl", street_nl),	LIST("street", "fr", street_fr),
	LIST("street", "de", street_de),	LIST("street", "en", street_en),
};

static const char *
word(const char *kind, const char *language, uint64 choice)
{
	for (int i = 0; i < lengthof(lists); i++)
		if (strcmp(lists[i].kind, kind) == 0 && strcmp(lists[i].language, language) == 0)
			return lists[i].words[choice % lists[i].count];
	return NULL;
}

char *
gdpr_fake(const char *kind, const char *language, uint64 (*chance)(void))
{
	const char *chosen;

	if (word("place", language, 0) == NULL)
		return NULL;
	if (strcmp(kind, "full_name") == 0)
		return psprintf("%s %s", word("first_name", language, chance()),
						word("last_name", language, chance()));
	if (strcmp(kind, "address") == 0)
	{
		int number = (int) (1 + chance() % 199);
		const char *street = word("street", language, chance());
		const char *place = word("place", language, chance());

		/* the number comes first in English and French */
		if (strcmp(language, "en") == 0 || strcmp(language, "fr") == 0)
			return psprintf("%d %s, %s", number, street, place);
		return psprintf("%s %d, %s", street, number, place);
	}
	chosen = word(kind, language, chance());
	return chosen ? pstrdup(chosen) : NULL;
}
