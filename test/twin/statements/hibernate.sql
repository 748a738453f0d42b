-- EntityManager.find
PREPARE s(bigint) AS select c1_0.id,c1_0.address,c1_0.born,c1_0.email,c1_0.first_name,c1_0.last_name,c1_0.note,c1_0.phone from customer c1_0 where c1_0.id=$1;
EXECUTE s(7);

-- findByEmail
PREPARE s(varchar) AS select c1_0.id,c1_0.email from customer c1_0 where c1_0.email=$1;
EXECUTE s('user7@mail.example');

-- findByEmailIgnoreCase
PREPARE s(varchar) AS select c1_0.id,c1_0.email from customer c1_0 where upper(c1_0.email)=upper($1);
EXECUTE s('USER7@mail.example');

-- findByLastNameContainingIgnoreCase
PREPARE s(varchar) AS select c1_0.id,c1_0.last_name from customer c1_0 where upper(c1_0.last_name) like upper($1) escape '\' order by c1_0.id;
EXECUTE s('%berg%');

-- findByLastNameStartingWithOrderByLastNameAscFirstNameAsc
PREPARE s(varchar) AS select c1_0.id,c1_0.last_name,c1_0.first_name from customer c1_0 where c1_0.last_name like $1 escape '\' order by c1_0.last_name,c1_0.first_name,c1_0.id;
EXECUTE s('P%');

-- findByLastNameIn
PREPARE s(varchar, varchar) AS select c1_0.id from customer c1_0 where c1_0.last_name in ($1,$2) order by c1_0.id;
EXECUTE s('Maes', 'Peeters');

-- findByBornBetween
PREPARE s(date, date) AS select c1_0.id,c1_0.born from customer c1_0 where c1_0.born between $1 and $2 order by c1_0.born desc;
EXECUTE s('1960-01-01', '1969-12-31');

-- findByBornBefore with a date that the driver sends without a type
PREPARE s AS select count(c1_0.id) from customer c1_0 where c1_0.born<$1;
EXECUTE s('1970-01-01');

-- a page of Pageable
PREPARE s(bigint, bigint) AS select c1_0.id,c1_0.last_name from customer c1_0 order by c1_0.last_name,c1_0.id offset $1 rows fetch first $2 rows only;
EXECUTE s(10, 5);

-- the count of Page
select count(c1_0.id) from customer c1_0 where c1_0.last_name like 'P%' escape '\';

-- the next page of a ScrollPosition
PREPARE s(varchar, varchar, bigint) AS select c1_0.id,c1_0.last_name from customer c1_0 where c1_0.last_name>$1 or c1_0.last_name=$2 and c1_0.id>$3 order by c1_0.last_name,c1_0.id fetch first 5 rows only;
EXECUTE s('Maes', 'Maes', 23);

-- existsByEmail
PREPARE s(varchar) AS select c1_0.id from customer c1_0 where c1_0.email=$1 fetch first 1 rows only;
EXECUTE s('user7@mail.example');

-- join fetch
select c1_0.id,c1_0.last_name,o1_0.customer_id,o1_0.id,o1_0.ship_to from customer c1_0 left join orders o1_0 on c1_0.id=o1_0.customer_id where c1_0.last_name='Maes' order by c1_0.id,o1_0.id fetch first 5 rows only;

-- a batch of a collection
PREPARE s(bigint[]) AS select o1_0.customer_id,o1_0.id,o1_0.ship_to from orders o1_0 where array_position($1, o1_0.customer_id) is not null order by o1_0.id;
EXECUTE s('{5,11}');

-- concat in JPQL
PREPARE s(varchar) AS select c1_0.id from customer c1_0 where (c1_0.first_name||' '||c1_0.last_name) like $1 escape '' order by c1_0.id;
EXECUTE s('An M%');

-- concat as a selection
select c1_0.id,(c1_0.first_name||' '||c1_0.last_name) from customer c1_0 order by 2,1 fetch first 4 rows only;

-- coalesce and nullif in JPQL
PREPARE s(varchar) AS select coalesce(c1_0.note,$1),nullif(c1_0.last_name,'Maes') from customer c1_0 where c1_0.id in (5,6) order by c1_0.id;
EXECUTE s('none');

-- length, locate, substring, trim
select character_length(c1_0.last_name),position('e' in c1_0.last_name),substring(c1_0.last_name,2,3),trim(both from c1_0.first_name) from customer c1_0 where c1_0.id=3;

-- year, month
select extract(year from c1_0.born),extract(month from c1_0.born) from customer c1_0 where extract(year from c1_0.born)=1968 order by c1_0.id;

-- group by
select c1_0.last_name,count(c1_0.id),max(c1_0.born) from customer c1_0 group by c1_0.last_name having count(c1_0.id)>1 order by c1_0.last_name;

-- case
select case when c1_0.last_name='Maes' then cast('m' as varchar) else c1_0.first_name end from customer c1_0 where c1_0.id in (5,6) order by c1_0.id;

-- member in a subquery
PREPARE s(varchar) AS select o1_0.id from orders o1_0 where o1_0.customer_id in (select c1_0.id from customer c1_0 where c1_0.email=$1) order by o1_0.id;
EXECUTE s('user7@mail.example');

-- a criteria with an optional parameter
PREPARE s(varchar, varchar) AS select count(*) from customer c1_0 where ($1 is null or c1_0.last_name=$1) and ($2 is null or c1_0.email like $2 escape '');
EXECUTE s(NULL, '%mail%');
EXECUTE s('Maes', NULL);

-- a native query with a cast of the parameter
PREPARE s(varchar) AS select c.id from customer c where (cast($1 as text) is null or c.last_name ilike concat('%', cast($1 as text), '%')) order by c.id limit 3;
EXECUTE s('berg');

-- persist
PREPARE s(varchar, date, varchar, varchar, varchar, varchar) AS insert into customer (address,born,email,first_name,last_name,note,phone) values ($1,$2,$3,$4,$5,$6,NULL) returning id;
EXECUTE s('Kerkstraat 1, 9000 Gent, BE', '1990-05-06', 'nele@post.example', 'Nele', 'Claes', NULL);
select c1_0.address,c1_0.born,c1_0.email,c1_0.note from customer c1_0 where c1_0.id=1000;

-- persist with a sequence
select nextval('orders_id_seq') > 0;
PREPARE s(bigint, varchar, numeric, bigint) AS insert into orders (customer_id,ship_to,total,id) values ($1,$2,$3,$4);
EXECUTE s(7, 'Kerkstraat 1, 9000 Gent, BE', 12.5, 5000);
select o1_0.ship_to from orders o1_0 where o1_0.id=5000;

-- merge of an entity
PREPARE s(varchar, date, varchar, varchar, varchar, varchar, bigint) AS update customer set address=$1,born=$2,email=$3,first_name=$4,last_name=$5,note=$6 where id=$7;
EXECUTE s('Kerkstraat 1, 9000 Gent, BE', '1990-05-06', 'user7@mail.example', 'Nele', 'Claes', NULL, 7);
select c1_0.address,c1_0.born,c1_0.email,c1_0.first_name from customer c1_0 where c1_0.id=7;

-- a bulk update in JPQL
PREPARE s(varchar, varchar) AS update customer c1_0 set note=$1 where c1_0.last_name=$2;
EXECUTE s('moved', 'Maes');
select count(*) from customer c1_0 where c1_0.note='moved';

-- a bulk update with a function
update customer c1_0 set email=lower(c1_0.email),last_name=(c1_0.last_name||'-X') where c1_0.id=7;
select c1_0.email,c1_0.last_name from customer c1_0 where c1_0.id=7;

-- a bulk delete in JPQL
PREPARE s(varchar) AS delete from customer c1_0 where c1_0.last_name=$1 and c1_0.born<'1960-01-01';
EXECUTE s('Maes');

-- a pessimistic lock
PREPARE s(varchar) AS select c1_0.id from customer c1_0 where c1_0.email=$1 for no key update;
EXECUTE s('user7@mail.example');

-- a projection of an interface
select c1_0.first_name,c1_0.last_name,c1_0.email from customer c1_0 where c1_0.city='Gent' order by c1_0.email limit 5;

-- a window in HQL
select c1_0.id,row_number() over(partition by c1_0.city order by c1_0.last_name,c1_0.id) from customer c1_0 order by c1_0.id limit 6;

-- listagg
select c1_0.city,string_agg(c1_0.last_name,', ' order by c1_0.last_name,c1_0.id) from customer c1_0 where c1_0.id<8 group by c1_0.city order by c1_0.city;

-- distinct with an order
select distinct c1_0.last_name,c1_0.city from customer c1_0 order by c1_0.last_name,c1_0.city limit 6;
