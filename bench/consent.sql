\set id random(1, :rows)
SELECT gdpr.give_consent('customer', :id::text, 'newsletter', 'form', 'in_person', notice_shown => true);
