using System.Text;

namespace Unarr.Agent.Connecting;

/// <summary>User name and password in an address, as of a proxy.</summary>
internal static class UserInfo
{
    /// <summary>Returns the text without what is between <c>//</c> and the last <c>@</c> of the same word.</summary>
    public static string Hidden(string text)
    {
        if (!text.Contains('@', StringComparison.Ordinal))
        {
            return text;
        }

        var hidden = new StringBuilder();
        ReadOnlySpan<char> left = text;
        int at;
        while ((at = left.IndexOf("//", StringComparison.Ordinal)) >= 0)
        {
            hidden.Append(left[..(at + 2)]);
            left = left[(at + 2)..];
            int end = left.IndexOfAny(" '\"");
            int sign = (end < 0 ? left : left[..end]).LastIndexOf('@');
            left = left[(sign + 1)..];
        }

        return hidden.Append(left).ToString();
    }
}
