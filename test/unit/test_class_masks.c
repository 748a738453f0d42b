/*
 * test_class_masks.c
 *		Masks: never a short value in whole, never its length, characters and not bytes, nothing of what does not look
 *		like its class. And the table of classes itself.
 *
 * Links: pii/class.c pii/classes/*.c
 */
#include "class_run.h"

static void
vectors(void)
{
	masks("email", "jan@example.com", "j**@example.com");
	masks("email", "Jan.Peeters+nieuws@example.com", "J**@example.com");
	masks("email", "j@example.com", "***@example.com");
	masks("email", "élodie@example.com", "é**@example.com");
	masks("email", "é@example.com", "***@example.com");
	masks("email", "\"jan\"@example.com", "***@example.com");
	masks("phone", "+32470123456", "+32 470 ** ** 56");
	masks("phone", "+3222744800", "+32 *** ** ** 00");
	masks("phone", "+31612345678", "+31 612 ** ** 78");
	masks("phone", "+299842330", "+299 *** ** ** 30");
	masks("phone", "+50012345", "+500 *** ** ** **");
	masks("phone", "+3222744800;ext=12", "+32 *** ** ** 00");
	masks("name", "Jan Peeters", "J**");
	masks("name", "Ødegård", "Ø**");
	masks("name", "山田太郎", "山**");
	masks("name", "O", "***");
	masks("name", "山", "***");
	masks("national_id", "85073003328", "*****");
	masks("id_card", "591191706458", "***-*******-58");
	masks("ip", "192.0.2.77", "192.0.2.0");
	masks("ip", "2001:db8:1:2::77", "2001:db8:1::");
	masks("device_id", "00:00:5e:00:53:01", "00:00:5e:**:**:**");
	masks("device_id", "490154203237518", "*****7518");
	masks("device_id", "6d92078a-8246-4ba4-ae5b-76104861e7dc", "*****");
	masks("device_id", "GA1.2.34", "*****");
	masks("iban", "BE68539007547034", "BE** **** 7034");
	masks("iban", "NO9386011117947", "NO** **** 7947");
	masks("address", "Wetstraat 16, 1000 Brussel, BE", "***** 10** BE");
	masks("address", "Wetstraat 16", "*****");
	masks("address", "Damrak 1, 1012 JS Amsterdam, NL", "***** 10** NL");
	masks("address", "Thorshavn, 100 Thorshavn, FO", "***** FO");
	masks("birth_date", "1985-07-30", "1985-**-**");
	masks("birth_date", "1985-07", "1985-**-**");
	masks("birth_date", "1985", "198*-**-**");
	masks("health", "diabetes", "*****");
	masks("text", "", "*****");
	masks("json", "{\"a\": 1}", "*****");
	masks("bytes", "x", "*****");
}

/* What does not look like its class is hidden in whole. */
static void
unknown_subjects(void)
{
	static const char *const values[] = {"notanemail", "x",			"",	  "@",	   "jan@", "@example.com",
										 "+",		   "+99912345", "12", "1.2.3", "BE68", "\xFF\xFE"};
	static const char *const classes[] = {"email", "phone",		 "national_id", "id_card", "ip",
										  "iban",  "birth_date", "device_id",	"address"};

	for (size_t c = 0; c < sizeof(classes) / sizeof(classes[0]); c++)
	{
		for (size_t v = 0; v < sizeof(values) / sizeof(values[0]); v++)
			masks(classes[c], values[v], "*****");
	}
	masks("name", "", "***");
}

static void
table(void)
{
	bool named = true;
	bool numbered = true;

	for (int i = 0; i < gdpr_class_count(); i++)
	{
		const GdprClass *class = gdpr_class_at(i);

		named = named && gdpr_class_by_name(class->name) == class && class->mask != NULL &&
				class->max_len > 0 && gdpr_class_hint(class)[0] != 0;
		numbered = numbered && gdpr_class_by_id(class->id) == class && class->searchable == (class->id < 16);
		ok(gdpr_check_by_name(class->name) == NULL, "no check has the name of a class");
	}
	ok(named, "every class is found by name, has a mask and a hint");
	ok(numbered, "every class is found by number, and the numbers below 16 can be searched");
	ok(gdpr_class_count() == 14 && gdpr_class_at(14) == NULL && gdpr_class_at(-1) == NULL,
	   "fourteen classes");
	ok(gdpr_class_by_id(0) == NULL && gdpr_class_by_id(15) == NULL && gdpr_class_by_name("e-mail") == NULL,
	   "no others");
	ok(gdpr_class_by_id(GDPR_HEALTH)->padded && gdpr_class_by_id(GDPR_TEXT)->padded &&
		   gdpr_class_by_id(GDPR_BIRTH_DATE)->padded,
	   "short texts are padded");
}

int
main(void)
{
	vectors();
	unknown_subjects();
	table();
	return done_testing();
}
