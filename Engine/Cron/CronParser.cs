using System.Runtime.CompilerServices;

namespace Qschedd.Engine.Cron;

/// <summary>
/// Reads an expression once, from left to right; the first error ends it. Stricter than Quartz: what Quartz takes and then
/// ignores or reads in three ways (<c>FRI/2</c>, <c>FRI*</c>, <c>LW-2</c>, step 0) is an error.
/// </summary>
internal ref struct CronParser
{
    private readonly string _text;
    private CronCursor _cursor;
    private CronError? _error;
    private CronSets _sets;

    // Of the field being read.
    private ulong _bits;
    private int _itemCount;
    private int _loneAt; // where nL, L or n#k of the week days stands, or -1: it may not share the field

    private int _questionMarks;

    private CronParser(string text)
    {
        _text = text;
        _cursor = new CronCursor(text);
    }

    public static CronExpression? Parse(string text, out CronError? error)
    {
        ArgumentNullException.ThrowIfNull(text);
        var parser = new CronParser(text);
        bool parsed = parser.ReadFields();
        error = parsed ? null : CronMessages.Explain(text, parser._error!);
        return parsed ? new CronExpression(text, parser._sets) : null;
    }

    private bool ReadFields()
    {
        string text = _text;
        int at = 0;
        foreach (CronField field in CronField.All)
        {
            at = CronCursor.SkipBlanks(text, at);
            if (at == text.Length) return field.Kind == CronFieldKind.Year || FailByCount();
            int end = ReadPlain(text, at, field, out ulong bits);
            if (bits != 0)
            {
                _sets.Interval |= text[at] == '*' && field.IsTime;
                _sets[field.Kind] = bits;
                at = end;
            }
            else
            {
                _cursor.At = at;
                if (!ReadField(field)) return false;
                at = _cursor.At;
                _sets[field.Kind] = _bits;
            }
            if (field.Kind == CronFieldKind.DayOfWeek && !TakeDays()) return false;
        }
        return CronCursor.SkipBlanks(text, at) == text.Length || FailByCount();
    }

    /// <summary>
    /// Most fields are one '*' or one number of at most two digits: they need none of the machinery of lists, nor a cursor in memory.
    /// </summary>
    /// <param name="bits">None: another field, or a value out of range.</param>
    /// <returns>Where the field ends.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int ReadPlain(string text, int at, CronField field, out ulong bits)
    {
        bits = 0;
        uint value = (uint)(text[at] - '0');
        if (value > 9)
        {
            if (text[at++] == '*') bits = field.AllBits;
        }
        else
        {
            at++;
            if (at < text.Length && (uint)(text[at] - '0') is <= 9 and var digit)
            {
                value = value * 10 + digit;
                at++;
            }
            if (value <= (uint)field.Max) bits = 1UL << (int)value & field.AllBits;
        }
        if (at < text.Length && !CronCursor.IsBlank(text[at])) bits = 0;
        return at;
    }

    private bool ReadField(CronField field)
    {
        int start = _cursor.At;
        (_bits, _itemCount, _loneAt) = (0, 0, -1);
        if (_cursor.Current == '?') return ReadQuestionMark(field);
        do
        {
            _itemCount++;
            if (!ReadItem(field)) return false;
        }
        while (_cursor.Take(','));
        if (!_cursor.AtFieldEnd) return Fail(_cursor.At, CronMessages.Unexpected(_text, start, _cursor.At, field));
        if (_loneAt >= 0 && _itemCount > 1) return Fail(_loneAt, CronMessages.NotInAList);
        return true;
    }

    private bool ReadQuestionMark(CronField field)
    {
        if (field.Kind is not (CronFieldKind.DayOfMonth or CronFieldKind.DayOfWeek))
            return Fail(_cursor.At, $"'?' stands only in day-of-month or day-of-week; any {field.Name} is '*'");
        _cursor.At++;
        if (!_cursor.AtFieldEnd) return Fail(_cursor.At, $"'?' stands alone: nothing may follow it in {field.Name}");
        _bits = field.AllBits;
        _questionMarks++;
        return true;
    }

    // Quartz.NET 4 fires on either of two day fields, Cronos on both, Java refuses: so do we.
    private bool TakeDays()
    {
        _sets.Days.Days = (uint)(_sets[CronFieldKind.DayOfMonth] >> 1);
        _sets.Days.Weekdays = (uint)(_sets[CronFieldKind.DayOfWeek] >> 1);
        if (_questionMarks == 1) return true;
        return _questionMarks == 2
            ? Fail(_cursor.At - 1, "'?' in both day fields: make one of them '*', or name its days")
            : Fail(CronMessages.TwoDayFields(_text));
    }

    private bool ReadItem(CronField field)
    {
        if (_cursor.AtFieldEnd || _cursor.Current == ',') return Fail(_cursor.At, $"{field.Name}: a value is missing beside ','");
        char c = _cursor.Current;
        if (c is '*' or '/') return ReadEvery(field);
        if (char.IsAsciiDigit(c)) return ReadNumberItem(field);
        if (field.Kind == CronFieldKind.DayOfMonth && _cursor.TakeLetter('L')) return ReadLastDay();
        if (field.Kind == CronFieldKind.DayOfWeek && TakeSaturday()) return true;
        if (field.Names.Length > 0 && char.IsAsciiLetter(c)) return ReadNameItem(field);
        return Fail(_cursor.At, CronMessages.NotAValue(_text, _cursor.At, field));
    }

    // '*', '*/n', and Quartz's '/n', which is the same.
    private bool ReadEvery(CronField field)
    {
        _cursor.Take('*');
        _sets.Interval |= field.IsTime;
        return AddStepped(field, field.Min, field.Max);
    }

    private bool ReadNumberItem(CronField field)
    {
        int start = _cursor.At;
        if (!ReadNumber(field, out int from)) return false;
        switch (_cursor.Current)
        {
            case '-':
                _cursor.At++;
                if (!ReadNumber(field, out int to)) return false;
                if (field.Kind == CronFieldKind.Year && to < from)
                    return Fail(start, $"year range {from}-{to} runs backwards: {to}-{from}");
                return AddStepped(field, from, to);
            case '/':
                return AddStepped(field, from, field.Max);
            case 'W' or 'w' when field.Kind == CronFieldKind.DayOfMonth:
                _cursor.At++;
                _sets.Days.NearestTo |= 1u << from - 1;
                return true;
            case 'L' or 'l' or '#' when field.Kind == CronFieldKind.DayOfWeek:
                return ReadNthWeekday(from, start);
            default:
                return Add(field, from, from, 1);
        }
    }

    private bool ReadNameItem(CronField field)
    {
        int start = _cursor.At;
        if (!ReadName(field, out int from)) return false;
        if (_cursor.Take('-')) return ReadName(field, out int to) && AddStepped(field, from, to);
        if (_cursor.Current == '/') return Fail(_cursor.At, CronMessages.StepAfterName(_text, start, _cursor.At, from));
        if (field.Kind == CronFieldKind.DayOfWeek && _cursor.Current is 'L' or 'l' or '#')
            return ReadNthWeekday(from, start);
        return Add(field, from, from, 1);
    }

    // After 'L' of the days of month: L, LW, L-n, L-nW.
    private bool ReadLastDay()
    {
        int back = 0;
        if (_cursor.Take('-'))
        {
            int start = _cursor.At;
            if (!_cursor.ReadDigits(out back)) return Fail(_cursor.At, "a number of days must follow 'L-': L-3 is three days before the last");
            if (back > 30) return Fail(start, $"'L-{back}' is before every month's first day: at most L-30");
        }
        if (!_cursor.TakeLetter('W')) _sets.Days.LastDays |= 1u << back;
        else if (_cursor.Current == '-') return Fail(_cursor.At, CronMessages.OffsetAfterLastWeekday);
        else _sets.Days.NearestToLast |= 1u << back;
        return true;
    }

    // Alone in its field, 'L' is the week's last day. No name starts with it.
    private bool TakeSaturday()
    {
        int start = _cursor.At;
        if (!_cursor.TakeLetter('L')) return false;
        _loneAt = start;
        _bits |= 1UL << 7;
        return true;
    }

    private bool ReadNthWeekday(int weekday, int start)
    {
        _loneAt = start;
        (_sets.Days.NthWeekday, _sets.Days.Nth) = (weekday - 1, DayRule.LastOfMonth);
        if (_cursor.TakeLetter('L')) return true;
        _cursor.At++;
        int at = _cursor.At;
        if (!_cursor.ReadDigits(out int nth) || nth is < 1 or > 5)
            return Fail(at, "1 to 5 must follow '#': 6#3 is the third Friday of the month (6L the last)");
        _sets.Days.Nth = nth;
        return true;
    }

    private bool ReadNumber(CronField field, out int value)
    {
        int start = _cursor.At;
        if (!_cursor.ReadDigits(out value)) return Fail(_cursor.At, CronMessages.NotANumber(_text, _cursor.At, field));
        if (value >= field.Min && value <= field.Max) return true;
        return Fail(start, $"{field.Name} '{CronMessages.Quote(_text, start, _cursor.At)}' is outside {field.Range}{field.Hint}");
    }

    private bool ReadName(CronField field, out int value)
    {
        int start = _cursor.At;
        int index = _cursor.TakeName(out long code) ? Array.IndexOf(field.Names, code) : -1;
        value = field.Min + index;
        return index >= 0 || Fail(start, CronMessages.NotAName(_text, start, field));
    }

    private bool AddStepped(CronField field, int from, int to)
    {
        if (!_cursor.Take('/')) return Add(field, from, to, 1);
        int start = _cursor.At;
        _sets.Interval |= field.IsTime;
        if (!_cursor.ReadDigits(out int step)) return Fail(_cursor.At, $"{field.Name}: a number must follow '/'");
        if (step >= 1 && step <= field.StepMax) return Add(field, from, to, step);
        return Fail(start, $"{field.Name} step '{CronMessages.Quote(_text, start, _cursor.At)}' is outside 1-{field.StepMax}");
    }

    // A range that runs backwards wraps around the end of the field: 22-2 is 22, 23, 0, 1, 2.
    private bool Add(CronField field, int from, int to, int step)
    {
        if (field.Kind == CronFieldKind.Year)
        {
            AddYears(field, from, to, step);
            return true;
        }
        if (step == 1 && from <= to)
        {
            _bits |= (2UL << to) - (1UL << from);
            return true;
        }
        int count = field.Max - field.Min + 1;
        if (to < from) to += count;
        for (int value = from; value <= to; value += step)
            _bits |= 1UL << (value > field.Max ? value - count : value);
        return true;
    }

    private void AddYears(CronField field, int from, int to, int step)
    {
        if (step == 1 && from == field.Min && to == field.Max && _itemCount == 1 && _cursor.AtFieldEnd) return;
        (_sets.Years ??= new YearSet()).Add(from, to, step);
    }

    // What is wrong with the number of fields, CronMessages.Explain tells.
    private bool FailByCount() => Fail(_cursor.At, "wrong number of fields");

    private bool Fail(int offset, string message) => Fail(new CronError(offset, message));

    private bool Fail(CronError error)
    {
        _error = error;
        return false;
    }
}
