-- A bank reads the trade behind what it finances: the documents, on that chain, of those that have applied to it. What
-- was rejected or given up shows it nothing any more.
create policy banks on trade_document for select using (
  exists (select from financing f where f.book_id = (select app_org()) and f.chain_id = trade_document.chain_id
            and f.borrower_id = trade_document.seller_id and f.status not in ('draft', 'rejected', 'cancelled'))
  or exists (select from financing f where f.book_id = (select app_org()) and f.chain_id = trade_document.chain_id
            and f.borrower_id = trade_document.buyer_id and f.status not in ('draft', 'rejected', 'cancelled')));
