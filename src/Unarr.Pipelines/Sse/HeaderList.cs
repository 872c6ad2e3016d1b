namespace Unarr.Pipelines.Sse;

/// <summary>The elements of a header that is a list: over every field of that name, in order.</summary>
internal static class HeaderList
{
    /// <summary>The elements, without white space around them; empty ones are left out. A comma in a quoted string parts nothing.</summary>
    public static List<string> Elements(IEnumerable<string> fields)
    {
        var elements = new List<string>();
        foreach (string field in fields)
        {
            int begin = 0;
            bool quoted = false;
            for (int at = 0; at <= field.Length; at++)
            {
                if (at == field.Length || (field[at] == ',' && !quoted))
                {
                    string element = field[begin..at].Trim();
                    if (element.Length > 0)
                    {
                        elements.Add(element);
                    }

                    begin = at + 1;
                }
                else if (field[at] == '"')
                {
                    quoted = !quoted;
                }
                else if (field[at] == '\\' && quoted && at + 1 < field.Length)
                {
                    // "A quoted pair": the next character stands for itself.
                    at++;
                }
            }
        }

        return elements;
    }
}
