import streamlit as st

st.title("Collapse Lab")
st.write("The last layer of classifiers trained on imbalanced data.")
