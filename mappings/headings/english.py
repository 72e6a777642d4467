"""Which English words and abbreviations do headings of customer tables use, and what does each stand for?

A line is `concepts: word, several words, …`. Concepts: `@party` (about whom), `=attribute` (what), `~qualifier`,
`!blocker` (never a field of ours), `_` (says nothing). Several concepts stand for a compound. mappings/headings/grammar.py
puts them together. Plurals, CamelCase, snake_case and run-together spellings are worked out, not listed.
"""

from __future__ import annotations

from typing import Final

PARTIES: Final = """
@org: company, co, organization, organisation, org, firm, enterprise, business name, employer, corporation, corp,
    hq, headquarter, head office, institution, merchant
@account: account, acct, acc
@customer: customer, client, cust, buyer, consumer, bp, business partner, card name, patron, member, party,
    subscriber, dealer, distributor
@lead: lead, prospect
@contact: contact, cntct, cont, person, people, attendee, individual, decision maker, poc, participant,
    point of contact, guest, contact person, liaison, attn, delegate, registrant, contact pers, contact per,
    linkman, link man, contact name person
@owner: owner, salesperson, sales person, sales rep, sales representative, rep, account manager, acct mgr,
    account mgr, account executive, assigned to, assigned user, assigned user name, assigned, assignee, owned by,
    owner user, sales employee, slsmn, salesman, sls rep, sales owner, sales, sales manager, responsible,
    responsible person, relationship manager, key account manager, kam, handled by, sales agent, salesperson name,
    person in charge, pic, in charge, seller, sales team member, advisor, adviser, record manager, record owner,
    sales executive, sales exec, account exec, sales consultant, key account, bdm, bde,
    business development manager, client owner, relationship owner, customer owner, sales contact, internal owner,
    our contact, account lead, client lead, field rep, rep name, customer manager, client manager, client rep, sdr,
    bdr, ae, csm, responsible employee, employee responsible
@helper: collaborator, co owner, team member, account team, sales team, follower, secondary owner, co owners,
    shared with, additional owner
@agent: agent, visitor, caller, visited by, called by, logged by, contacted by, met by, attended by, sales visited
@parent: parent, parent account, parent company, parent organization, parent organisation, member of, holding,
    group company, ultimate parent, parent customer, parent name
"""

ATTRIBUTES: Final = """
=name: name, nm, full name, fullname, display name, official name
@org =name: legal name, registered name, legal entity name, entity name, registered company name
=display: display
=person: personal name
=given: first name, given name, firstname, fname, forename, christian name, given names, f name
=family: last name, family name, lastname, surname, lname, last name surname, l name
=short: short name, abbreviation, abbr, abbreviated name, nick, abbrev
@org =short: trading name, trade name, dba, doing business as, trading as, brand name
=phone: phone, telephone, tel, ph, phones, phone no, telephone no, tel no, contact number, contact no, phone num,
    contact phone number, dial, hotline, iphone, contact numbers, phone numbers, ddi, toll free, toll free number,
    freephone
=phone ~direct: direct dial, direct line, direct phone, direct number, direct tel, direct phone number,
    work direct phone, direct no
@org =phone: corporate phone, hq phone, company hq phone, corporate phone number
=mobile: mobile, cell, cellphone, cell phone, mob, mobile phone, handphone, hp no, mobile no, mobile number,
    cellular, mobile telephone, gsm, mobil
=landline: landline, switchboard, fixed line, land line, office tel, office telephone, main phone, main line,
    main tel, reception, company main phone, direct line company
=email: email, e mail, mail, email address, e mail address, mail address, email id, eml, email addr, mailbox,
    electronic mail
=wechat: wechat, weixin, wechat id, we chat, wechat no, wechat account, wx
=website: website, web site, web page, webpage, homepage, home page, domain, domain name, web, website url,
    company url, company website, company domain, company domain name, web address, site url, corporate website,
    internet address, www
=url: url, link
=address: address, addr, location address, full address, formatted address, adress, detail address,
    detailed address, address detail, complete address
=formatted: formatted
=street: street, street address, address line, addr line, road, street line, street name, street road name,
    mailing address line, address street, line, house number, house no
=line2: extended address, suite, apartment, apt, unit number, floor
=city: city, town, locality, suburb, village
=region: state, province, region, county, prefecture, state province, state region, state code, state or province,
    prov, st
=district: district, borough, neighborhood, neighbourhood
=country: country, nation, ctry, country region, country name, country territory
=postcode: zip, postal code, postcode, post code, zipcode, zip code, zip cd, postal, postalcode, zip postal code,
    pin code, pincode, zippostal
=industry: industry, sector, vertical, line of business, industry type, business type, industry segment, trade
=size: employee, headcount, no of employee, number of employee, employee count, company size, staff size,
    employee number, num employee, firm size, size, workforce, team size, employee range, staff count
=tier: tier, grade, rating, level, class, customer class, a b c, abc, abc class, star rating, customer rating,
    vip level, importance, temperature, lead temperature, ranking, rank
=status: status, stage, stat, lifecycle stage, life cycle stage, lifecycle, pipeline stage, sales stage,
    state of customer, phase, funnel stage
=type: type, category, kind
=tags: tag, label, tag list, keyword tag, group membership, categories, segment, customer segment, tag name, lists
=group: group, groups
=origin: source, origin, lead source, channel, referral source, acquisition channel, how did you hear about us,
    how did you hear, heard about us, how did you find us, source channel, source of lead, src, acquisition source,
    came from
=notes: note, remark, comment, memo, description, desc, rmk, rmks, detail, background, background info,
    background information, additional information, additional info, additional notes, follow up note,
    follow up notes, observation, misc, other information, recent note, follow up record, follow up history,
    history, summary notes
=summary: summary, discussion, minutes, content, topic, subject, what was discussed, activity notes, talking points,
    meeting notes, call notes, visit notes, discussion points, key points, points discussed, meeting summary
=result: result, outcome, conclusion, disposition, feedback, resolution
=nextstep: next step, next action, action item, follow up action, next actions, to do, todo, action items,
    action plan
=title: title, role, position
=jobtitle: job title, job position, job role, designation, function title, position title, business title, job,
    occupation title, post held, desig, desgn, current title
=department: department, dept, division, business unit
=birthday: birthday, birthdate, date of birth, dob, bday, birth date, birth
=gender: gender, sex
=revenue: annual revenue, yearly revenue, revenue, turnover, annual sales, annual turnover, sales volume,
    sales revenue, arr, annual value, annual spend, annual contract value, acv, yearly turnover, annual income,
    annual purchase
=amount: amount, order value, sale amount, sales amount, order amount
=currency: currency, curr, ccy, currency code
=taxid: tax id, vat, vat id, vat no, vat number, tax number, tax no, ein, gst, gstin, gst number, abn, vat reg no,
    federal tax id, tax registration number, unified social credit code, social credit code, credit code, uscc,
    uscc code, business registration number, company registration number, registration number, company number,
    br number, tin, tax identification number, tax registration no, siren, siret, uen, crn, vat registration number,
    company reg no, reg no, business license number, business licence number, license number, trade license no,
    duns, duns number, d u n s number, d u n s, pan, tax code id, cnpj, brn, org number, tax identifier,
    tax identification, vat identifier, taxvat, vat tax id, gst no
=idcard: id card, national id, identity card, passport, passport number, passport no, id card number, id number,
    identification number, ssn, id card no
=code: code, number, no, num, cd, ref, reference, nbr
=id: id, key, guid, uuid, uid, record id, identifier, pk, oid, sfid, row id, object id, recordid
=needs: needs, requirement, demand, interest, product interest, interested in, pain point, inquiry, enquiry,
    requirements
=prefs: preference, hobby, hobbies, likes, personal interest, personal interests
=consent: consent, opt in, optin, subscribed, newsletter, accepts marketing, accepts email marketing,
    accepts sms marketing, marketing consent, gdpr consent, email opt in, agree to receive marketing,
    agrees to marketing, marketing permission, newsletter subscription, agree to receive, email consent,
    marketing opt in, subscribed to newsletter, permission to contact, email subscription status,
    subscription status, email subscriber status, marketing status, email marketing status, sms marketing status,
    email marketing consent, sms marketing consent, marketing opt in status, accept marketing, receive marketing,
    marketing emails, agree to marketing, accept newsletter, receives newsletter, send newsletter,
    receive newsletter, marketing email, promotional emails
=optout: opt out, optout, do not call, do not contact, do not email, do not mail, dnc, opted out, unsubscribed,
    do not allow email, do not allow phone calls, do not allow phone, do not disturb, has opted out of email,
    unsubscribed from all email, unsubscribe, email opt out, do not allow emails, do not call flag, has opted out,
    do not allow bulk email, do not market, no contact, no call, do not sms
=time: date, time, at, on, dt, datetime, timestamp, ts, when, utc, date time, day, deadline
=by: by
=yesno: is, has, whether, flag
=score: satisfaction, csat, nps, satisfaction score, customer satisfaction, stars given
=value: value, formatted value, info, information, text, data
"""

QUALIFIERS: Final = """
~work: work, business, office, corporate, professional, biz, workplace, official
~home: home, personal, private home, residence, residential
~billing: billing, bill to, billto, invoicing address, bill, sold to, legal, registered, registration address,
    hq address, principal, po
~mailing: mailing, postal address, mail to, correspondence, post, contact address, permanent
~shipping: shipping, ship to, shipto, delivery, deliver to, ship, dispatch, warehouse, consignee, sa, drop ship,
    receiving, site address
~other: other, alternative, alternate, alt, secondary, additional, second, third, temp, temporary, previous, former,
    old, backup, tertiary
~primary: primary, main, default, preferred, principal contact, major, general, current, direct, head, central,
    physical, visiting address
~last: last, latest, most recent, recent, newest, lst, prev
~next: next, upcoming, planned, scheduled, future, nxt
~annual: annual, yearly, per year
~create: created, create, creation, added, add, entered, entry, crt, inserted, insert, registered on,
    record created, date added, date entered, joined, signup, sign up, captured, enrolled, registration,
    became contact, submitted
~update: modified, modify, updated, update, changed, change, edited, edit, upd, modification, lastmod, last mod,
    revised
~contact: contacted, touched, touch, reached, interaction, communication, engaged, engagement, touchpoint,
    correspondence date, spoken, interacted, conversation, reach, outreach
~follow: follow up, followup, follow, follow ups, f u, callback date, reminder, reminder date, recontact, fu,
    followups
~visit: visit, visited, meeting, met, appointment, visiting
~call: call, called, phoned, calling
~activity: activity, activities, action, task
~marketing: marketing, subscription, email marketing, mailing list
"""

BLOCKERS: Final = """
!fax: fax, facsimile, telefax, fax no, fax number, pager, telex, isdn, tty tdd, tty, tdd, callback, car phone,
    radio phone, beeper
!secret: password, passwd, pwd, hash, token, secret, salt, pin, security question, api key
!bank: bank, iban, swift, bic, bank account, account no bank, routing number, sort code, credit card, card id,
    card no, card number, bank name, beneficiary, bsb, debit
!money: balance, opening balance, open balance, credit limit, crdt lmt, credit hold, terms, payment terms,
    pmt terms, discount, price list, pricelist, price, overdue, receivable, payable, spend, spent, total spent,
    total spend, paid, refunded volume, refund, ltv, lifetime value, clv, deal value, estimated value,
    expected revenue, credit, cost, margin, commission, exchange rate, tax exempt, tax rate, tax code,
    tax treatment, deposit, budget, points, loyalty points, money raised, funding, fee, withholding, average order,
    salary, fax balance, limit, due, aging, arrears, quota, forecast, weighted, incoterm, freight
!relative: spouse, wife, husband, children, child, kids, partner name, spouse partner name, anniversary, wedding,
    emergency, next of kin, related name, relation, mother, father, family member, parents
!helper: assistant, asst, secretary, pa name, reports to, reporting to, manager, manager name, supervisor, boss,
    line manager
!creator: created by, creator, entered by, added by, author, submitted by, imported by, crt usr, crt user,
    created user, create user, creator name, modified by, last modified by, updated by, last edited by, changed by,
    edited by, upd usr, modifier, editor, last modified alias, created alias, approved by, approver, reviewer,
    last updated by, modified user, create by, update by, last editor, verified by, prepared by, checked by,
    reviewed by
!legal: legal representative, legal rep, legal person, corporate representative, ceo, chairman, chief executive,
    director name, founder, president, shareholder, registered capital, capital, established, founded, year founded,
    founded year, incorporated, year established, incorporation date, establishment date, ipo, legal form,
    year of establishment, business scope
!social: linkedin, facebook, twitter, instagram, skype, whatsapp, telegram, tiktok, youtube, xing, msn, aim, icq,
    yahoo messenger, social, social media, google plus, messenger, line id, viber, pinterest, github, weibo, qq,
    crunchbase, zalo, kakao, signal, im, im handle, instant messenger, im type, im address
!name: middle name, middle, middle initial, additional name, prefix, suffix, salutation, honorific, name prefix,
    name suffix, phonetic, yomi, maiden name, initials, alias, aka, foreign name, file as, sort name, search name,
    mr mrs, courtesy title, greeting, dear, pronoun, pronouns, other name, formerly known as, former name, nickname,
    username, user name, login, screen name, handle, name phonetic, name pronunciation, email display name,
    full name phonetic
!locked: do not modify, read only
!system: checksum, row checksum, deleted, is deleted, version, tenant, tenant id, sync, etag, rev, modstamp,
    system modstamp, process id, record type, recordtype, layout, locked, lock, is locked, visible to, visibility,
    archived, is archived, master record, external id, internal id, legacy id, jigsaw, import batch, import, batch,
    batch id, session, user agent, ip, ip address, leid, euid, gmtoff, dstoff, cc, checksum id, hash key,
    permission, access, login access, login date, last login, duplicate, is duplicate, merged, merge, row,
    row number, row no, serial, serial no, sl no, s no, sr no, sno, index, line no, item no, sequence, seq,
    sort order, order index, conversion, converted, stamp, query, error, approval, approved, workflow, form,
    form id, script, formula, owner changed, assignment, reassigned, enriched, confidence, accuracy, data source,
    data quality, verified, verification, bounce, bounced, click, clicks, opens, opened, unread, is read,
    active sequences, sequence name, automation, template, webhook, api, confirm time, confirm, display order,
    custom field, custom, udf, po box, box
!place: latitude, longitude, lat, lng, lon, long, geo, geolocation, coordinates, coordinate, gps, map, time zone,
    timezone, tz, utc offset, territory, sales territory, branch, sales region, area code, country calling code,
    dial code, dialling code, calling code, extension, ext, phone ext, location count, location, locations,
    place id, plus code
!social2: language, lang, locale, nationality, religion, marital status, education, school, schools, university,
    degree, age, mileage, blood type, ethnicity, occupation, profession, income, household, citizenship,
    dietary requirement, dietary requirements, diet, t shirt size, hometown, zodiac, seniority, management level,
    job function, job level, function, skills, biography, bio, keywords, about us, about, about me, about company,
    headline
!count: count, total, sum, average, avg, quantity, qty, times contacted, pageview, page view, pageviews,
    visit count, sessions, open deal, open deals, closed deals, won deals, lost deals, deals, opportunities, orders,
    tickets, cases, case, activities count, days, inactive days, days since, duration, minutes spent, interactions,
    number of times contacted, number of associated contacts, number of locations, associated contacts,
    associated deals, associated company ids, total activities, total orders, frequency, number of deals,
    number of visits, days overdue, percent, ratio, rate
!sales: probability, prob, competitor, win, won, lost, lost reason, win rate, forecast category, expected close,
    close date, expected close date, campaign, campaign name, promotion, priority, sensitivity, private,
    private note flag, delinquent, plan, subscription plan, referral, referred by, referrer, referral code,
    introduced by, recommended by, delegate of, reason, status reason, mode, medium, utm, utm source, utm medium,
    utm campaign, gclid, drill down, score, hubspot score, lead score, contact accuracy score, health score,
    engagement score, member rating, became a customer, original, source detail, source details, landing page,
    first page, referring, keyword, attribution, recording, ownership, ticker, ticker symbol, sic, sic code, naics,
    naics code, stock symbol, account site, symbol, public, is public, site, technologies, tech stack, products,
    product, services, service, ticket type, quality, sla, competitor name, partner, vendor, vendor name, supplier,
    supplier name, carrier, reseller, invoice, invoice number, invoice title, order, order number, po number,
    contract, contract number, subsidiary, primary subsidiary, subscription id, survey, campaign id, event name,
    tour, booth, hotel, file, files, attachment, attachments, photo, picture, image, avatar, logo, icon, photo url,
    profile picture, profile image, document, documents, billing information, directory server, internet free busy,
    preferred method, preferred method of contact, preferred contact method, contact preference, best time to call,
    preferred language, is primary, primary flag, is vip, vip, is a company, is company, is partner, is customer,
    is supplier, is active, is admin, government id number, organizational id number, office location,
    follow up count, checksum value, checkbox, mentor, team, queue, permission status, email status, email type,
    phone type, address type, website type, contacted mode, extension number, resale number, event,
    anniversary date, hobby flag, is default, is customer flag, is lead, campaign source, gdpr date, reports,
    currency rate, group code, group id, credit rating, credit score, credit status, credit level, payment status,
    payment method, delivery status, order status, ticket status, deal stage, deal status, deal name, deal owner,
    contract status, task status, deal amount, opportunity name, opportunity stage, attendee status, booking status,
    marital, employment status, email verified, phone verified, deal, opportunity, opp, purchase, quote, quotation,
    transaction, renewal, payment, invoiced, close, closing, project, proposal, booking, sample, offer, bid, ticket,
    marketing contact status, since, member since, customer since, client since
"""

NOISE: Final = """
_: the, a, an, of the, your, our, my, please, required, optional, mandatory, field, hs, cf, custom field name, full,
    complete, combined, s, s_, in, for, and, or, if any, optional field, e g, eg, latest version, basic, details of,
    usd, x, c, user, master, contact info, contact information, row data, properties, property, crm, new, tbl, t,
    col, column, f, fld, str, txt, var, vc, p, to, from, with, associated, all, list, zoominfo, copper, hubspot,
    salesforce, zoho, person in, this, i, what, which, you, where, does, did, do, fill in, enter, select, profile,
    record, be, gmt, detailed
"""

LINES: Final = (PARTIES, ATTRIBUTES, QUALIFIERS, BLOCKERS, NOISE)
