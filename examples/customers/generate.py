#!/usr/bin/env python3
"""
generate.py
	Writes customers.csv: 500 invented customers of a Belgian web shop, half of them Dutch-speaking, half French-speaking.
	The same file every time. Names are drawn from lists of common first and last names; e-mail addresses are in the top
	level domain .example (RFC 2606), telephone numbers in blocks that are not given out. Any likeness is chance.

	A few values are wrong on purpose, as they are in every customer file: see spoil().

	Usage: generate.py >customers.csv
"""
import csv
import random
import sys
import unicodedata

COLUMNS = ["id", "first_name", "last_name", "email", "phone", "street", "postal_code", "city", "country",
		   "birth_date", "language"]
PEOPLE = 500

DUTCH = {
	"first": "Lotte Emma Noor Jan Bram Wout Sien Lien Tine Joke Pieter Koen Griet Hilde Luc Marleen Dirk An Bart "
			 "Ruben Femke Nele Stijn Ward Zoë Daan Elke Geert Ilse Maarten".split(),
	"last": ["Peeters", "Janssens", "Maes", "Jacobs", "Mertens", "Willems", "Claes", "Goossens", "Wouters", "De Smet",
			 "Van den Berghe", "Vermeulen", "'t Kint", "D'Hooge", "Van de Velde", "Aerts", "De Clercq", "Desmet",
			 "Verhaegen", "Van der Auwera", "Coppens", "Bogaerts", "Segers", "Lemmens", "Thys"],
	"streets": ["Kerkstraat", "Stationsstraat", "Molenstraat", "Nieuwstraat", "Schoolstraat", "Dorpsstraat",
				"Kapellelaan", "Veldweg", "Beekstraat", "Groenlaan"],
	"cities": [("9000", "Gent"), ("2000", "Antwerpen"), ("3000", "Leuven"), ("8000", "Brugge"), ("3500", "Hasselt"),
			   ("2800", "Mechelen"), ("9300", "Aalst"), ("8500", "Kortrijk")],
	"domains": ["post.example", "brievenbus.example", "winkelwagen.example", "thuis.example"],
}
FRENCH = {
	"first": "Léa Manon Chloé Camille Élise Louis Hugo Nathan Théo Julien Benoît Françoise Anaïs Cécile Gérard Noémie "
			 "Loïc Martine Olivier Pascal Sophie Thérèse Xavier Yves Zélie Amélie Didier Hélène Jérôme Maëlle".split(),
	"last": ["Dubois", "Lambert", "Martin", "Dupont", "Simon", "Leclercq", "Laurent", "Renard", "Lejeune", "Delvaux",
			 "François", "Gérard", "Noël", "Collignon", "Henrard", "d'Oultremont", "Marchal", "Wéry", "Bodart", "Piette",
			 "de la Croix", "Thiry", "Lefèvre", "Hubert", "Collard"],
	"streets": ["rue de l'Église", "rue de la Gare", "avenue des Tilleuls", "chaussée de Wavre", "rue Haute",
				"place du Marché", "rue du Moulin", "rue des Écoles", "chemin Vert", "avenue Reine Élisabeth"],
	"cities": [("4000", "Liège"), ("5000", "Namur"), ("6000", "Charleroi"), ("7000", "Mons"), ("1348", "Louvain-la-Neuve"),
			   ("1050", "Ixelles"), ("4500", "Huy"), ("7500", "Tournai")],
	"domains": ["courrier.example", "boite.example", "panier.example", "maison.example"],
}


def ascii_only(name):
	plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
	return "".join(c for c in plain.lower() if c.isalnum())


def phone(number, style):
	"""A Belgian mobile number of the block 0470 00, in one of the ways people write it."""
	digits = f"047000{number:04d}"
	return {0: f"{digits[:4]} {digits[4:6]} {digits[6:8]} {digits[8:]}",
			1: f"{digits[:4]}/{digits[4:6]}.{digits[6:8]}.{digits[8:]}",
			2: f"+32 {digits[1:4]} {digits[4:6]} {digits[6:8]} {digits[8:]}",
			3: f"0032{digits[1:]}"}[style]


def customer(number, draw):
	people, language = (DUTCH, "nl") if number % 2 else (FRENCH, "fr")
	first, last = draw.choice(people["first"]), draw.choice(people["last"])
	postal_code, city = draw.choice(people["cities"])
	street, house = draw.choice(people["streets"]), str(draw.randint(1, 240))
	if draw.random() < 0.15:
		house += (" bus " if language == "nl" else " bte ") + str(draw.randint(1, 12))
	return dict(zip(COLUMNS, [
		number, first, last, f"{ascii_only(first)}.{ascii_only(last)}.{number}@{draw.choice(people['domains'])}",
		phone(number, draw.randrange(4)), f"{street} {house}", postal_code, city, "BE",
		f"{draw.randint(1940, 2006)}-{draw.randint(1, 12):02d}-{draw.randint(1, 28):02d}", language]))


def spoil(rows):
	"""The mistakes found in real files: a typing error, a lost digit, a day that does not exist, a column too far."""
	for number, column, value in [
			(17, "email", "wout.claes.17(at)post.example"), (112, "email", "onbekend"), (305, "email", "tine..segers@thuis"),
			(41, "phone", "0470 00 00"), (256, "phone", "geen"), (390, "phone", "04700003901234567"),
			(73, "birth_date", "1985-02-30"), (204, "birth_date", "31/31/1990"),
			(288, "postal_code", "123"), (450, "postal_code", "10000")]:
		rows[number - 1][column] = value


def main():
	draw = random.Random(2020)
	rows = [customer(number, draw) for number in range(1, PEOPLE + 1)]
	spoil(rows)
	out = csv.DictWriter(sys.stdout, COLUMNS, lineterminator="\n")
	out.writeheader()
	out.writerows(rows)


main()
